"""`secondkey plan`: gathers what the plan of a release says. Reads the database, and makes no backup."""

from pathlib import Path

from bot.config import Database
from bot.domain.deploying.plan import People, ReleasePlan
from bot.domain.deploying.policy import BackupPolicy
from bot.domain.deploying.release_name import check_release
from bot.operations.deploying import starting
from bot.operations.deploying.starting import Source
from bot.operations.observing import Reading
from bot.operations.services import Services


def gather(
    services: Services, database: str, release: str, migrations: Path | None, reading: Reading
) -> ReleasePlan:
    """The release as the gate would judge it now; raises `UsageError` and `NotFound`."""
    check_release(release)
    configured = services.database(database)
    makes_backup = configured.deploy.backup is BackupPolicy.ALWAYS
    found = starting.look(
        services, database, release, Source(migrations=migrations), reading, backup_follows=makes_backup
    )
    return ReleasePlan(
        release=release,
        environment=configured.environment,
        observation=found.observation,
        decision=found.decision,
        foretold=found.foretold.outcome,
        risks=found.foretold.risks,
        migrations=str(migrations) if migrations else "",
        makes_backup=makes_backup,
        rehearses=configured.deploy.rehearse,
        window=configured.deploy.window,
        traffic=configured.traffic.commands,
        people=_people(configured),
    )


def _people(configured: Database) -> People:
    return People(
        requesters=configured.requesters,
        approvers=configured.approvers,
        approvals=configured.approvals,
        channel=configured.channel,
        incidents=configured.incidents,
    )
