"""One deployment, from the gate to its closing report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.deploying.gate import Light
from bot.domain.migrations import History
from bot.domain.standing import applied_of
from bot.domain.state import State


class Stage(StrEnum):
    #: being judged
    GATE = "gate"
    #: it was not let through
    BLOCKED = "blocked"
    #: the gate could not come to an end
    FAILED = "failed"
    #: the release may touch the database
    OPEN = "open"
    CLOSED = "closed"
    ABORTED = "aborted"
    #: nobody closed the window in its time
    EXPIRED = "expired"
    #: whoever ran the release fell silent
    LOST = "lost"


#: While one of these stands, no other deployment of the database begins.
CLAIMING = frozenset({Stage.GATE, Stage.OPEN})
#: How a window may end.
ENDINGS = frozenset({Stage.CLOSED, Stage.ABORTED, Stage.EXPIRED, Stage.LOST})


class Item(StrEnum):
    """The release checklist, in its order."""

    BACKUP = "backup"
    DATA = "data"
    HISTORY = "history"
    RECOVERY = "recovery plan"
    MIGRATED = "migrated"
    COMPARED = "counts compared"
    VERIFIED = "verified"
    TESTED = "application tested"


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a database stood right before a release."""

    state: State
    #: as `pg_dump` writes it; empty where it could not be written
    schema: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The record of one deployment; its message is redrawn from it."""

    #: that of the operation that started it
    id: str
    database: str
    release: str
    #: a Slack user id, or `cli:<login>`
    opened_by: str
    stage: Stage
    #: how the gate stood; None while it judges
    light: Light | None = None
    #: the critical findings at the gate, as `named` gives them
    findings: tuple[str, ...] = ()
    #: what two people let it bring about, likewise: found afterwards, it is no harm
    meant: tuple[str, ...] = ()
    #: the backup to go back to
    backup_id: str = ""
    #: the request by which it was overridden, and the people behind it
    override: str = ""
    overridden_by: tuple[str, ...] = ()
    #: what its message says: a title, and paragraphs of lines as Slack's markup
    title: str = ""
    lines: tuple[tuple[str, ...], ...] = ()
    #: who or what ticked each item of the checklist
    ticks: Mapping[str, str] = field(default_factory=dict)
    #: how it ended: `verdict`, `harm`, `exit`, and `counts`, the rows `before` and `after`
    outcome: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    closed_at: datetime | None = None
    #: a process runs the release and says that it lives; else a person closes the window
    attended: bool = False

    @property
    def harmed(self) -> bool:
        """The closing report found what was not there before."""
        return bool(self.outcome.get("harm"))


def newly_applied(before: History | None, now: History | None) -> tuple[str, ...]:
    """The migrations that were applied in between, in their order."""
    known = applied_of(before) if before else {}
    return tuple(name for name in (applied_of(now) if now else {}) if name not in known)
