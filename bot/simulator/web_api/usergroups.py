"""usergroups.*: which need a paid plan."""

from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.rate_limits import TIER_2
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Group


@method("usergroups.list", scope="usergroups:read", rate=TIER_2)
def list_groups(call: Call) -> Answer:
    _refuse_free_plan(call)
    return {"usergroups": [_shown(call, group) for group in call.world.groups]}


@method("usergroups.users.list", scope="usergroups:read", rate=TIER_2)
def list_members(call: Call) -> Answer:
    _refuse_free_plan(call)
    wanted = call.required("usergroup")
    for group in call.world.groups:
        if group.id == wanted:
            return {"users": list(group.members)}
    raise SlackError("no_such_subteam")


def _refuse_free_plan(call: Call) -> None:
    if not call.core.workspace.is_paid:
        raise SlackError("plan_upgrade_required")


def _shown(call: Call, group: Group) -> dict[str, Any]:
    users = {"users": list(group.members)} if call.flag("include_users") else {}
    return {
        "id": group.id,
        "team_id": call.core.workspace.id,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.members),
        **users,
    }
