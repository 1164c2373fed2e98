"""Gathers all that is known of a database, so that it can be judged."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.config import Database, Settings
from bot.domain.migrations import Release
from bot.domain.observation import (
    BackupFacts,
    Gate,
    Observation,
    Unreadable,
)
from bot.domain.state import Baseline, State, TableName
from bot.operations import traffic
from bot.operations.facts import backup_facts, policy_facts, server_facts
from bot.operations.services import Services
from bot.postgres.connection import Unreachable
from bot.postgres.elsewhere import Search, search
from bot.postgres.histories import read_release
from bot.postgres.state import Progress, Questions, open_snapshot
from bot.store import baselines

#: How long rows are searched for elsewhere on the server.
SEARCH_TIME = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A way to read one database's state: how far it is, and whether to stop."""

    purpose: str
    on_progress: Callable[[Progress], object] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False
    #: how long counting may take; None for as long as is configured
    time_budget: timedelta | None = None
    #: only these are counted, and nothing else is asked; None for everything
    tables: frozenset[TableName] | None = None


def read(services: Services, name: str, reading: Reading) -> State | Unreadable:
    """The database's state at a snapshot of its own, or why there is none."""
    return _read_through(traffic.door(services, name), services.settings, services.database(name), reading)


def read_alone(settings: Settings, database: Database, reading: Reading) -> State | Unreadable:
    """The same without the bot's own state, by which it knows of its fence and opens it."""
    return _read_through(nullcontext(), settings, database, reading)


def _read_through(
    door: AbstractContextManager[object], settings: Settings, database: Database, reading: Reading
) -> State | Unreadable:
    try:
        with ExitStack() as opened:
            with door:
                snapshot = opened.enter_context(
                    open_snapshot(
                        database.dsn.get_secret_value(),
                        purpose=reading.purpose,
                        maintenance_database=database.maintenance_database,
                    )
                )
            asked = questions(settings, database)
            if reading.time_budget is not None:
                asked = replace(asked, time_budget=reading.time_budget)
            if reading.tables is not None:
                asked = replace(asked, tables=reading.tables, checks=(), expectations=())
            return snapshot.read_state(asked, reading.on_progress, reading.should_stop)
    except Unreachable as away:
        return Unreadable(
            code=away.code, reason=away.reason, hint=away.hint, system_identifier=away.system_identifier
        )


def questions(settings: Settings, database: Database) -> Questions:
    rules, migrations = database.rules, database.migrations
    return Questions(
        expectations=rules.expectations,
        checks=rules.checks,
        history_tool=migrations.tool if migrations else None,
        history_table=str(migrations.table) if migrations and migrations.table else None,
        time_budget=settings.verify.time_budget,
        check_time=settings.verify.check_time,
    )


def observe(
    services: Services, name: str, reading: Reading, release: Release | None = None, gate: Gate | None = None
) -> Observation:
    """Everything that `/verify` judges, rows that lie elsewhere on the server included.

    `release` is compared instead of the configured one; `gate` where it is about to begin.
    """
    state = read(services, name, reading)
    observation = compare(services, name, state)
    if release is not None:
        observation = replace(observation, release=release)
    searched = search_elsewhere(services, observation)
    return replace(
        observation,
        backups=backup_facts(services, name),
        server=server_facts(services, name, state),
        policy=policy_facts(services, name),
        elsewhere=searched.found,
        unsearched=searched.unsearched,
        gate=gate,
    )


def compare(services: Services, name: str, state: State | Unreadable) -> Observation:
    """The state beside what it is compared with, and nothing else: enough to judge identity and data."""
    database = services.database(name)
    with services.store.transaction() as connection:
        baseline = baselines.current(connection, name)
        now = services.store.now()
    migrations = database.migrations
    return Observation(
        database=name,
        now=now,
        state=state,
        baseline=baseline,
        rules=database.rules,
        backups=BackupFacts(looked_at=False),
        release=read_release(migrations.directory, migrations.tool)
        if migrations and migrations.directory
        else None,
    )


def missing_rows(state: State, baseline: Baseline | None) -> tuple[TableName, ...]:
    """Tables that held rows in the baseline and are gone or hold fewer now."""
    if baseline is None:
        return ()
    present = state.counts()
    return tuple(
        table
        for table, expected in baseline.expected_rows().items()
        if expected and _fell(present.get(table, 0), expected)
    )


def _fell(rows: int | None, expected: int) -> bool:
    """Fewer rows than expected; a table that could not be counted is not searched for elsewhere."""
    return rows is not None and rows < expected


def search_elsewhere(
    services: Services, observation: Observation, time_budget: timedelta = SEARCH_TIME
) -> Search:
    """Where on the server the rows lie that are missing here; nothing is asked where none are."""
    if isinstance(observation.state, Unreadable):
        return Search()
    missing, database = (
        missing_rows(observation.state, observation.baseline),
        services.database(observation.database),
    )
    if not missing:
        return Search()
    return search(
        database.dsn.get_secret_value(),
        missing,
        maintenance_database=database.maintenance_database,
        time_budget=time_budget,
    )
