"""An incident with all that is known of it: what its report and its drafts are written from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.log import Logged
from bot.domain.incidents.timeline import Entry
from bot.domain.people import BOT

#: A mention of somebody, as Slack writes it.
PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


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
        if actor in (BOT, self.incident.id):
            return "Secondkey"
        if kind == "cli":
            return f"{rest}, in a terminal"
        return f"the schedule {rest}" if kind == "schedule" else self.names.get(actor, actor)

    def words(self, text: str) -> str:
        """With people by their names, where Slack's ids stand for them."""
        return PERSON.sub(lambda found: f"@{self.names.get(found[1], found[1])}", text)

    @property
    def began(self) -> datetime:
        """When it was noticed; where nobody knows, when it was opened."""
        return self.noticed_at or self.incident.opened_at

    @property
    def lasted(self) -> timedelta:
        """Until it was closed, or until now."""
        return (self.incident.closed_at or self.now) - self.began


def restores_of(logged: Iterable[Logged], since: datetime) -> tuple[Restored, ...]:
    """What the audit log has of databases that came back."""
    return tuple(
        Restored(
            at=each.at,
            source=str(each.detail.get("source", "")),
            by=each.actor,
            rows=rows if isinstance(rows := each.detail.get("rows"), int) else None,
            outage=timedelta(seconds=seconds)
            if isinstance(seconds := each.detail.get("seconds"), int | float)
            else None,
        )
        for each in logged
        if each.at >= since and each.action in ("restore.done", "undo.done")
    )


def failures_of(logged: Iterable[Logged], since: datetime) -> tuple[Failed, ...]:
    """What was tried, in words, and why it did not work."""
    return tuple(
        Failed(
            at=each.at,
            what=each.action.removesuffix(".failed").replace("-", " "),
            why=str(each.detail.get("reason", "")),
        )
        for each in logged
        if each.at >= since and each.action.endswith(".failed")
    )
