"""What a release did to a database: the look after it, beside the one right before."""

from dataclasses import dataclass, replace

from bot.domain.deploying.deployment import Deployment, Start, newly_applied
from bot.domain.deploying.gate import named, named_all, new_since
from bot.domain.deploying.row_counts import Counts, counted
from bot.domain.findings import LOSSES, Finding, Verdict
from bot.domain.findings import verdict as merged
from bot.domain.judgement import judge
from bot.domain.observation import Observation, Unreadable
from bot.domain.schema_diff import SchemaDifference, difference
from bot.domain.state import Baseline, State

#: What a deployment cannot bring about: it is told, and is no harm.
_NOT_ITS_OWN = frozenset({"backup", "server", "policy"})


@dataclass(frozen=True, kw_only=True)
class Closing:
    #: how it stood right before; None where that is not known
    start: Start | None
    observation: Observation
    verdict: Verdict
    #: what is critical now and was not before the release
    harm: tuple[Finding, ...]
    #: the migrations that were applied, in their order
    applied: tuple[str, ...]
    #: None where one of the two is not known
    schema: SchemaDifference | None

    @property
    def counts(self) -> dict[str, Counts] | None:
        """Rows `before` and `after`; None where one of the two is not known."""
        if self.start is None or isinstance(self.observation.state, Unreadable):
            return None
        return counted(self.start.state, self.observation.state)


def close(
    deployment: Deployment, start: Start | None, observation: Observation, verdict: Verdict, schema: str
) -> Closing:
    """`schema` is the present one as pg_dump writes it; empty where it could not be written."""
    unseen = tuple(found for found in _lost(start, observation) if named(found) not in named_all(verdict))
    return Closing(
        start=start,
        observation=observation,
        verdict=merged((*verdict.findings, *unseen)),
        harm=harm_of(deployment, start, observation, verdict),
        applied=_applied(start, observation.state),
        schema=difference(start.schema, schema) if start and start.schema and schema else None,
    )


def harm_of(
    deployment: Deployment, start: Start | None, observation: Observation, verdict: Verdict
) -> tuple[Finding, ...]:
    """What is critical now and was not before the release: by the baseline, and beside how it began.

    The baseline may know of fewer rows, and what two people overrode may have become worse.
    """
    expected = {*deployment.findings, *deployment.meant}
    new = [found for found in new_since(expected, verdict) if found.code.group not in _NOT_ITS_OWN]
    told = {*map(named, new), *deployment.meant}
    return (*new, *(found for found in _lost(start, observation) if named(found) not in told))


def _lost(start: Start | None, observation: Observation) -> tuple[Finding, ...]:
    """What fell below the rules since the release began."""
    if start is None:
        return ()
    found = judge(replace(observation, baseline=Baseline.of(start.state))).critical()
    return tuple(each for each in found if each.code in LOSSES)


def _applied(start: Start | None, now: State | Unreadable) -> tuple[str, ...]:
    if start is None or isinstance(now, Unreadable):
        return ()
    return newly_applied(start.state.history, now.history)
