"""An incident with all that is known of it: what its report and its drafts are written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.timeline import Entry

#: Whom the bot's own acts are of.
BOT = "secondkey"


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A restore that was carried out while the incident was open."""

    at: datetime
    #: the backup, or the set-aside database
    source: str
    by: str
    #: rows in what is live since then; None where nobody counted
    rows: int | None
    #: for how long nobody could use the database; None where nobody knows
    outage: timedelta | None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """What was tried and did not work."""

    at: datetime
    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Account:
    incident: Incident
    timeline: tuple[Entry, ...] = ()
    #: an entry's key → what its message said before it was edited, the oldest first
    earlier: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: when the first of its alerts began; None where a person opened it
    noticed_at: datetime | None = None
    restores: tuple[Restored, ...] = ()
    failures: tuple[Failed, ...] = ()
    #: Slack user id → the name that people know
    names: Mapping[str, str] = field(default_factory=dict)
    now: datetime

    def name(self, actor: str) -> str:
        """Who it was, for people outside of Slack too."""
        kind, _, rest = actor.partition(":")
        if actor == BOT:
            return "Secondkey"
        if kind == "cli":
            return f"{rest}, in a terminal"
        return f"the schedule {rest}" if kind == "schedule" else self.names.get(actor, actor)

    @property
    def lasted(self) -> timedelta:
        """From when it was noticed until it was closed, or until now."""
        began = self.noticed_at or self.incident.opened_at
        return (self.incident.closed_at or self.now) - began
