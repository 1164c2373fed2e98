"""An alarm about a deployment is an alert like any other: whoever else sees its cause, it is told once."""

from collections.abc import Sequence

from bot import wording
from bot.domain.alerting.alert import Matter, by_cause
from bot.domain.deploying.deployment import Deployment
from bot.domain.findings import Finding
from bot.domain.observation import Observation
from bot.operations.alerting.reporting import report
from bot.operations.services import Services
from bot.slack.views.losses import told


def sound(
    services: Services, deployment: Deployment, observation: Observation, found: Sequence[Finding]
) -> None:
    """Say it where incidents are told, unless that was done."""
    began = wording.moment(deployment.opened_at or deployment.created_at)
    sure = f"compared with what was there {began}, right before {deployment.release} (`{deployment.id}`)"
    for cause, harm in by_cause(deployment.database, told(observation, found)).items():
        away = cause.matter is Matter.UNREACHABLE
        report(services, cause, harm, sure=sure, backup_id="" if away else deployment.backup_id)
