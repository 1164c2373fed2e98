"""Everything that the plan of a release says, as it stood when it was made."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.backup import Backup
from bot.domain.catalogue import default_choice
from bot.domain.deploying.gate import Decision
from bot.domain.observation import Observation, Unreadable
from bot.domain.outcome import Outcome
from bot.domain.restoring.changes import Change, changes, worst_first, written_since
from bot.domain.restoring.traffic import Traffic
from bot.domain.sql_risk.risk import Risk
from bot.domain.state import ChangeCounters, State


@dataclass(frozen=True, kw_only=True)
class People:
    """Who decides, and where it is told; by the names that the configuration has for them."""

    #: empty: the full members who are in the channel
    requesters: tuple[str, ...]
    approvers: tuple[str, ...]
    #: how many people besides the requester must approve
    approvals: int
    channel: str
    incidents: str


@dataclass(frozen=True, kw_only=True)
class ReleasePlan:
    release: str
    #: what people call the database: production
    environment: str
    observation: Observation
    decision: Decision
    foretold: Outcome
    risks: tuple[Risk, ...]
    #: the migrations folder that was named for this release; empty for the configured one
    migrations: str
    #: the gate makes a backup of its own
    makes_backup: bool
    #: the release's command runs on a restored copy first
    rehearses: bool
    window: timedelta
    traffic: Traffic
    people: People

    @property
    def database(self) -> str:
        return self.observation.database

    @property
    def state(self) -> State | None:
        """None where the database cannot be read."""
        return None if isinstance(self.observation.state, Unreadable) else self.observation.state

    @property
    def way_back(self) -> Backup | None:
        """The newest backup that is proven good, as of now."""
        return default_choice(self.observation.backups.backups).backup

    @property
    def tool(self) -> str:
        """The migration tool; empty where it is not known."""
        release, state = self.observation.release, self.state
        if release is not None and release.tool:
            return release.tool
        return state.history.tool if state and state.history else ""


def would_change(plan: ReleasePlan, backup: Backup) -> tuple[Change, ...]:
    """What restoring this backup now would change, the worst first."""
    baseline = plan.observation.baseline
    return worst_first(changes(plan.state, backup.manifest.state, baseline))


def would_lose(plan: ReleasePlan, backup: Backup) -> ChangeCounters | None:
    """What was written since this backup was made; None where it is not known."""
    return written_since(plan.state, backup.manifest.state)
