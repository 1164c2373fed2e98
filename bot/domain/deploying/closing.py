"""What a release did to a database: the look after it, beside the one right before."""

from dataclasses import dataclass

from bot.domain.deploying.deployment import Deployment, newly_applied
from bot.domain.deploying.gate import new_since
from bot.domain.findings import Finding, Verdict
from bot.domain.observation import Observation, Unreadable
from bot.domain.schema_diff import SchemaDifference, difference
from bot.domain.state import State

#: What a deployment cannot bring about: it is told, and is no harm.
_NOT_ITS_OWN = frozenset({"backup", "server", "policy"})


@dataclass(frozen=True, kw_only=True)
class Closing:
    observation: Observation
    verdict: Verdict
    #: what is critical now and was not before the release
    harm: tuple[Finding, ...]
    #: the migrations that were applied, in their order
    applied: tuple[str, ...]
    #: None where one of the two is not known
    schema: SchemaDifference | None


def close(deployment: Deployment, observation: Observation, verdict: Verdict, schema: str) -> Closing:
    """`schema` is the present one as pg_dump writes it; empty where it could not be written."""
    state, before = observation.state, deployment.before
    return Closing(
        observation=observation,
        verdict=verdict,
        harm=harm_of(deployment, verdict),
        applied=_applied(before, state),
        schema=difference(deployment.schema, schema) if deployment.schema and schema else None,
    )


def _applied(before: State | None, now: State | Unreadable) -> tuple[str, ...]:
    if before is None or isinstance(now, Unreadable):
        return ()
    return newly_applied(before.history, now.history)


def harm_of(deployment: Deployment, verdict: Verdict) -> tuple[Finding, ...]:
    """What is critical now and was not before the release."""
    new = new_since(deployment.findings, verdict)
    return tuple(found for found in new if found.code.group not in _NOT_ITS_OWN)
