"""The last item of the checklist: a person says by reaction that the application was tested."""

from typing import Any

from bot.domain.approval import Choice
from bot.domain.deploying.deployment import ENDINGS, Item, Stage
from bot.domain.people import ineligible
from bot.operations.deploying import windows
from bot.operations.services import Services
from bot.store import audit, deployments


def reacted(services: Services, event: dict[str, Any]) -> None:
    """A reaction came or went below some message; it ticks, and decides nothing."""
    item, user = event["item"], event["user"]
    with services.store.transaction() as connection:
        deployment = deployments.of_message(connection, item["channel"], item["ts"])
    if deployment is None or event["reaction"] != Choice.APPROVE or not _may_say_so(services, user):
        return
    if deployment.stage not in (Stage.OPEN, *ENDINGS):
        # Nothing was deployed that anybody could test.
        return
    came = event["type"] == "reaction_added"
    change = deployments.tick if came else deployments.untick
    with services.store.transaction() as connection:
        changed = change(connection, deployment.id, Item.TESTED, user)
        if changed is None:
            return
        audit.append(
            connection,
            actor=user,
            action="deployment.tested" if came else "deployment.not-tested",
            subject=deployment.database,
            detail={"deployment": deployment.id, "release": deployment.release},
        )
        windows.show(services, connection, changed)


def _may_say_so(services: Services, user: str) -> bool:
    person = services.slack.person(user)
    return user != services.slack.bot_user_id and ineligible(person, team_id=services.slack.team_id) is None
