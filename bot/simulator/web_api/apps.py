"""Who the app is, where it is installed, and its way in."""

from bot.simulator.errors import SlackError
from bot.simulator.rate_limits import TIER_3, TIER_4
from bot.simulator.web_api.registry import Answer, Call, method


@method("auth.test", rate=TIER_4)
def auth_test(call: Call) -> Answer:
    workspace = call.core.workspace
    return {
        "url": f"{call.core.url}/",
        "team": workspace.name,
        "user": call.world.app.name.lower(),
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", caller="app", rate=TIER_4)
def connections_open(call: Call) -> Answer:
    address = call.core.url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={call.core.sockets.ticket()}&app_id={call.core.workspace.app_id}"}


@method("team.info", scope="team:read", rate=TIER_3)
def team_info(call: Call) -> Answer:
    workspace = call.core.workspace
    if call.text("team", workspace.id) != workspace.id:
        raise SlackError("team_not_found")
    return {
        "team": {
            "id": workspace.id,
            "name": workspace.name,
            "domain": workspace.domain,
            "url": f"{call.core.url}/",
            "email_domain": "",
            "plan": "std" if workspace.is_paid else "",
        }
    }
