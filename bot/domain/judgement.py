"""The one judge: is this the right database, and is everything in it?"""

from collections.abc import Iterator

from bot.domain.findings import Finding, Verdict, verdict
from bot.domain.judging import (
    backups,
    data,
    gate,
    history,
    identity,
    policy,
    rehearsal,
    release,
    rows,
    server,
)
from bot.domain.observation import Observation, Unreadable
from bot.domain.state import State


def judge(observation: Observation) -> Verdict:
    """All findings, most severe first. What could not be read is a finding, never a pass."""
    return verdict(_findings(observation), {**observation.rules.raised, **gate.raised(observation.gate)})


def mostly_empty(state: State) -> bool:
    """Whether more than half of the tables hold nothing, or there is no table at all."""
    empty = sum(table.rows == 0 for table in state.tables)
    return not state.tables or empty * 2 > len(state.tables)


def _findings(observation: Observation) -> Iterator[Finding]:
    state, baseline, rules = observation.state, observation.baseline, observation.rules
    yield from identity.findings(observation)
    yield from data.baseline_findings(observation)
    if not isinstance(state, Unreadable):
        yield from rows.findings(observation.database, state, baseline, rules, observation.looked_at)
        if observation.looked_at is None:
            yield from data.findings(state, baseline, rules)
        yield from data.elsewhere_findings(observation.elsewhere, rules)
        yield from history.findings(observation.database, state.history, baseline, observation.release)
        yield from release.findings(observation.gate.risks if observation.gate else (), state.tables)
    yield from gate.findings(observation)
    yield from rehearsal.findings(observation.rehearsed)
    yield from backups.findings(observation)
    yield from server.findings(observation)
    yield from policy.findings(observation)
