"""What a release would do to a database, told before it runs; and how the schema stands before it did."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from bot.config import Database
from bot.domain import outcome as foretold_by
from bot.domain.migrations import Release
from bot.domain.observation import Observation, Unreadable
from bot.domain.outcome import Outcome
from bot.domain.sql_risk.pending import of_pending
from bot.domain.sql_risk.risk import Kind, Risk
from bot.errors import SecondkeyError
from bot.operations.attempt import Attempt
from bot.postgres import installation
from bot.postgres.client import access
from bot.postgres.connection import connect
from bot.postgres.histories import read_release
from bot.postgres.schema_dump import dump_schema

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Foretold:
    outcome: Outcome
    risks: tuple[Risk, ...] = ()


def release_of(database: Database, directory: str) -> Release | None:
    """The release's migrations: of this folder, else of the configured one; None where none is known."""
    configured = database.migrations
    folder = Path(directory) if directory else (configured.directory if configured else None)
    return read_release(folder, configured.tool if configured else None) if folder else None


def foretell(observation: Observation) -> Foretold:
    state, gate, baseline = observation.state, observation.gate, observation.baseline
    if isinstance(state, Unreadable):
        return Foretold(
            outcome=Outcome(kind=foretold_by.Kind.UNKNOWN, sentence="not known: the database cannot be read")
        )
    release = observation.release
    told = partial(
        foretold_by.outcome,
        state.history,
        release,
        state,
        known=baseline.state.history if baseline else None,
        schema=gate.schema if gate else None,
    )
    outcome = told()
    if release is None:
        return Foretold(outcome=outcome)
    dropping = [name for name in outcome.pending[:1] if _drops_tables(of_pending(release, [name]))]
    return Foretold(
        outcome=told(dropping=dropping) if dropping else outcome, risks=of_pending(release, outcome.pending)
    )


def _drops_tables(risks: Iterable[Risk]) -> bool:
    return any(risk.hazard.kind is Kind.DROP_TABLE for risk in risks)


def schema_of(attempt: Attempt, is_needless: Callable[[], bool] = lambda: False) -> str:
    """The schema as pg_dump writes it; empty where it could not be written. Raises `Stopped`."""
    services, database = attempt.services, attempt.services.database(attempt.operation.database)
    dsn = database.dsn.get_secret_value()
    try:
        with connect(dsn, purpose=attempt.purpose) as connection:
            major = connection.info.server_version // 10_000
        programs = installation.find(major, services.settings.programs.directories)
        return dump_schema(
            programs,
            access(dsn, attempt.purpose),
            lock_wait=database.lock_wait,
            should_stop=lambda: is_needless() or attempt.should_stop(),
        )
    except SecondkeyError as failed:
        log.warning("the schema could not be read", database=attempt.operation.database, reason=failed.reason)
        return ""
