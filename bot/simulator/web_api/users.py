"""users.*, dnd.*: what Slack says of people."""

from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.rate_limits import TIER_2, TIER_3, TIER_4
from bot.simulator.web_api.pages import page
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Person

_FLAGS = (
    "deleted",
    "is_bot",
    "is_app_user",
    "is_restricted",
    "is_ultra_restricted",
    "is_admin",
    "is_owner",
    "is_primary_owner",
)
#: Slack leaves these out where they do not apply.
_ONLY_WHEN_TRUE = ("is_stranger", "is_workflow_bot", "is_connector_bot", "is_invited_user")
#: Nobody in the simulated Slack has their notifications paused.
_NOT_PAUSED = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}


@method("users.info", scope="users:read", rate=TIER_4)
def info(call: Call) -> Answer:
    return {"user": _shown(call, call.world.person(call.required("user")))}


@method("users.list", scope="users:read", rate=TIER_2)
def list_users(call: Call) -> Answer:
    found = [_shown(call, person) for person in call.world.people if "is_stranger" not in person.facts]
    return page(call, "members", found, size=200)


@method("users.lookupByEmail", scope="users:read.email", rate=TIER_3)
def lookup_by_email(call: Call) -> Answer:
    email = call.required("email").casefold()
    for person in call.world.people:
        if person.email.casefold() == email and not {"deleted", "is_stranger"} & person.facts:
            return {"user": _shown(call, person)}
    raise SlackError("users_not_found")


@method("users.getPresence", scope="users:read", rate=TIER_3)
def get_presence(call: Call) -> Answer:
    person = call.world.person(call.required("user"))
    return {"presence": "active" if person.active else "away"}


@method("dnd.info", scope="dnd:read", rate=TIER_3)
def dnd_info(call: Call) -> Answer:
    call.world.person(call.text("user", call.world.app.id))
    return dict(_NOT_PAUSED)


@method("dnd.teamInfo", scope="dnd:read", rate=TIER_2)
def dnd_team_info(call: Call) -> Answer:
    named = call.required("users").split(",")
    return {"users": {call.world.person(user_id).id: _NOT_PAUSED for user_id in named}}


def _shown(call: Call, person: Person) -> dict[str, Any]:
    """Slack's user object; the address only with the scope for it."""
    profile = {"display_name": person.name, "real_name": person.name, "team": person.team_id}
    if "users:read.email" in call.core.workspace.scopes and person.email:
        profile["email"] = person.email
    return {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name.lower(),
        "real_name": person.name,
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": profile,
        "updated": 1700000000,
        "is_email_confirmed": bool(person.email),
        **{flag: flag in person.facts for flag in _FLAGS},
        **{flag: True for flag in _ONLY_WHEN_TRUE if flag in person.facts},
    }
