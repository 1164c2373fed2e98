"""What a release did to a database: the look after it, beside the one right before."""

from dataclasses import dataclass

from bot.domain.deploying.deployment import Deployment, Start, newly_applied
from bot.domain.deploying.gate import new_since
from bot.domain.deploying.row_counts import Counts, counted
from bot.domain.findings import Finding, Verdict
from bot.domain.observation import Observation, Unreadable
from bot.domain.schema_diff import SchemaDifference, difference
from bot.domain.state import State

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
    return Closing(
        start=start,
        observation=observation,
        verdict=verdict,
        harm=harm_of(deployment, verdict),
        applied=_applied(start, observation.state),
        schema=difference(start.schema, schema) if start and start.schema and schema else None,
    )


def harm_of(deployment: Deployment, verdict: Verdict) -> tuple[Finding, ...]:
    """What is critical now and was not before the release."""
    new = new_since(deployment.findings, verdict)
    return tuple(found for found in new if found.code.group not in _NOT_ITS_OWN)


def _applied(start: Start | None, now: State | Unreadable) -> tuple[str, ...]:
    if start is None or isinstance(now, Unreadable):
        return ()
    return newly_applied(start.state.history, now.history)
