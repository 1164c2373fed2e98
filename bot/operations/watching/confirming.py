"""Whether a suspicion is true: the suspicious tables are counted, and the one judge judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.deploying.gate import named
from bot.domain.findings import Code, Finding
from bot.domain.judgement import judge
from bot.domain.observation import Observation, Unreadable
from bot.domain.state import State, TableName
from bot.domain.watching.suspicion import Counted
from bot.operations.observing import Reading, compare, read_alone
from bot.operations.services import Services
from bot.slack.views.losses import told

#: How the sessions that count are called.
PURPOSE = "watch/counting"
#: What cannot be read is not lost, and nothing is known of it either.
_UNSURE = frozenset({Code.ROWS_UNREADABLE, Code.HISTORY_UNREADABLE})
#: A database nobody accepted yet has nothing to lose; and that it takes no writes is no loss.
_NO_LOSS = frozenset({Code.BASELINE_MISSING, Code.IDENTITY_STANDBY, Code.IDENTITY_READ_ONLY})


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    observation: Observation
    #: what is wrong, the worst first
    wrong: tuple[Finding, ...]
    #: what could not be read
    unsure: tuple[Finding, ...]

    @property
    def unreadable(self) -> Unreadable | None:
        """Why nothing at all could be read."""
        state = self.observation.state
        return state if isinstance(state, Unreadable) else None

    @property
    def counted(self) -> Mapping[TableName, Counted]:
        """What is known for sure by now."""
        state = self.observation.state
        return Counted.of(state) if isinstance(state, State) else {}


def confirm(
    services: Services,
    name: str,
    tables: frozenset[TableName],
    meant: frozenset[str],
    *,
    budget: timedelta,
    should_stop: Callable[[], bool],
) -> Confirmed:
    """Count these tables, and judge them beside identity and history. `meant` is no harm.

    Raises `Stopped`, `Away`, and `CommandFailed` where the catalogue cannot be read.
    """
    reading = Reading(purpose=PURPOSE, should_stop=should_stop, time_budget=budget, tables=tables)
    state = read_alone(services.settings, services.database(name), reading)
    return judged(replace(compare(services, name, state), release=None, looked_at=tables), meant)


def judged(observation: Observation, meant: frozenset[str] = frozenset()) -> Confirmed:
    critical = judge(observation).critical()
    found = [each for each in critical if each.code not in _NO_LOSS and named(each) not in meant]
    return Confirmed(
        observation=observation,
        wrong=told(observation, [each for each in found if each.code not in _UNSURE]),
        unsure=tuple(each for each in found if each.code in _UNSURE),
    )
