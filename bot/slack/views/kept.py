"""What there is to go back to, and how: the one place that says so."""

from bot import wording
from bot.domain.backup import Backup
from bot.domain.counts import held
from bot.domain.observation import BackupFacts, Observation
from bot.slack.blocks import Block, code, section


def still_there(observation: Observation, *, in_danger: bool) -> list[Block]:
    """The newest backup that is proven good, or that there is none; the way back where data is in danger."""
    facts = observation.backups
    if not facts.looked_at:
        return []
    newest = next((backup for backup in facts.backups if backup.proven_good), None)
    if newest is None:
        return [section(_none(observation.database, facts))]
    age = wording.ago(newest.manifest.created_at, observation.now)
    told = f"*You still have* {code(newest.id)}: made {age}, {held(newest.manifest.state)}, restore-tested."
    return [section(told, *([_way_back(newest)] if in_danger else []))]


def _way_back(backup: Backup) -> str:
    command = f"/restore {backup.manifest.database} {backup.id} REASON"
    return f"→ {code(command)} brings it back, once a second person has approved"


def _none(database: str, facts: BackupFacts) -> str:
    if facts.unreadable is not None:
        return "*What backups you have cannot be seen now*: the repository cannot be read."
    if not facts.backups:
        return "*There is no backup.*"
    return f"*No backup is proven good*: `/backup list {database}` shows what there is."
