"""An alarm about a deployment: one message of its own, however often its cause is seen."""

from collections.abc import Sequence

from bot.domain.deploying.deployment import Deployment
from bot.domain.findings import Finding
from bot.domain.observation import Observation
from bot.operations.posting import post
from bot.operations.services import Services
from bot.slack.views import deployment as view
from bot.store import audit, deployments, outbox


def sound(
    services: Services, deployment: Deployment, observation: Observation, found: Sequence[Finding]
) -> None:
    """Say it where incidents are told, unless that was done."""
    key = f"{deployment.id}:alarm"
    with services.store.transaction() as connection:
        # Two bots may see it at once.
        deployments.hold(connection, deployment.id)
        if outbox.was_shown(connection, key):
            return
        channel = services.database(deployment.database).incidents
        post(connection, key, channel, view.alarm(deployment, observation, found))
        audit.append(
            connection,
            actor="secondkey",
            action="deployment.alarm",
            subject=deployment.database,
            detail={"deployment": deployment.id, "codes": [each.code.value for each in found]},
        )
