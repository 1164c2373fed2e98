"""Is the audit log as it was written? Its own chain says so, and the signed backups that saw it."""

from bot.domain.backup import Backup
from bot.operations.services import Services
from bot.store import audit
from bot.store.audit import Verification, Witness


def verify(services: Services) -> Verification:
    """Follow the log; every backup's manifest, signed outside of the bot's state, vouches for its past."""
    witnesses = _witnesses(services)
    with services.store.transaction() as connection:
        return audit.verify(connection, witnesses)


def _witnesses(services: Services) -> list[Witness]:
    return [
        Witness(name=entry.id, head=entry.manifest.audit_head)
        for entry in services.repository.backups()
        if isinstance(entry, Backup) and entry.manifest.audit_head is not None
    ]
