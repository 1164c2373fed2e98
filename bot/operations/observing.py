"""Gathers all that is known of a database, so that it can be judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from psycopg.conninfo import conninfo_to_dict

from bot.config import Database
from bot.config.dsn import target
from bot.domain.observation import (
    BackupFacts,
    Elsewhere,
    Observation,
    PolicyFacts,
    ServerFacts,
    Unreadable,
    VulnerableClient,
)
from bot.domain.state import Baseline, State, TableName
from bot.errors import NotFound, SecondkeyError
from bot.operations import catalogue
from bot.operations.services import Services
from bot.postgres import elsewhere, facts, installation
from bot.postgres.connection import Unreachable, connect
from bot.postgres.prisma import read_release
from bot.postgres.state import Progress, Questions, open_snapshot
from bot.repository.storage import ephemeral, free_bytes
from bot.slack.directory import Directory
from bot.slack.trouble import NO_ANSWER, trouble_of
from bot.store import backups, baselines

log = structlog.get_logger()

#: How long rows are searched for elsewhere on the server.
SEARCH_TIME = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A way to read one database's state: how far it is, and whether to stop."""

    purpose: str
    on_progress: Callable[[Progress], object] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False


def read(services: Services, name: str, reading: Reading) -> State | Unreadable:
    """The database's state at a snapshot of its own, or why there is none."""
    database = services.database(name)
    try:
        with open_snapshot(
            database.dsn.get_secret_value(),
            purpose=reading.purpose,
            maintenance_database=database.maintenance_database,
        ) as snapshot:
            return snapshot.read_state(
                questions(services, database), reading.on_progress, reading.should_stop
            )
    except Unreachable as away:
        return Unreadable(
            code=away.code, reason=away.reason, hint=away.hint, system_identifier=away.system_identifier
        )


def questions(services: Services, database: Database) -> Questions:
    rules = database.rules
    return Questions(
        expectations=rules.expectations,
        checks=rules.checks,
        history_tool=database.migrations.tool if database.migrations else None,
        time_budget=services.settings.verify.time_budget,
    )


def observe(services: Services, name: str, reading: Reading) -> Observation:
    """Everything that `/verify` judges, rows that lie elsewhere on the server included."""
    state = read(services, name, reading)
    observation = compare(services, name, state)
    missing = () if isinstance(state, Unreadable) else missing_rows(state, observation.baseline)
    return replace(
        observation,
        backups=backup_facts(services, name),
        server=server_facts(services, name, state),
        policy=policy_facts(services, name),
        elsewhere=_search(services, name, missing) if missing else (),
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


def backup_facts(services: Services, name: str) -> BackupFacts:
    database = services.database(name)
    known = catalogue.known(services, name)
    with services.store.transaction() as connection:
        failure = backups.last_failure(connection, name)
    newer_failure = failure is not None and (not known or failure[0] > known[0].manifest.created_at)
    return BackupFacts(
        backups=known,
        last_failure=failure[1] if failure and newer_failure else "",
        max_age=database.backup.max_age,
        same_host=_on_this_machine(database.dsn.get_secret_value()),
        ephemeral=ephemeral(services.repository.root),
        unsigned=_unsigned(services, name),
        key_not_exported=not services.repository.keys.exported,
    )


def _unsigned(services: Services, name: str) -> str:
    """Why a backup's documents cannot be trusted, the newest one's first; empty where all are good.

    Asked of the repository: a catalogue that was made anew does not know what it could not read.
    """
    try:
        return "; ".join(entry.problem.reason for entry in catalogue.untrusted(services, name))
    except SecondkeyError as problem:
        return problem.reason


def server_facts(services: Services, name: str, state: State | Unreadable) -> ServerFacts:
    """What the server says beside the data; nothing where it cannot be asked."""
    database = services.database(name)
    known = ServerFacts(repository_free_bytes=free_bytes(services.repository.root))
    if isinstance(state, Unreadable):
        return known
    return replace(
        _ask_server(database),
        repository_free_bytes=free_bytes(services.repository.root),
        vulnerable_clients=_vulnerable(services, state.identity.major, database),
    )


def _ask_server(database: Database) -> ServerFacts:
    rules = database.rules
    try:
        with connect(database.dsn.get_secret_value(), purpose="facts") as connection:
            return facts.read_server_facts(
                connection,
                one_login=database.restore_dsn is None,
                long_transaction=rules.long_transaction,
                replica_lag=rules.replica_lag,
            )
    except Unreachable as away:
        # It answered a moment ago; the next verification tells if it stays away.
        log.warning("the server could not be asked about itself", reason=away.reason)
        return ServerFacts()


def _vulnerable(services: Services, major: int, database: Database) -> tuple[VulnerableClient, ...]:
    """Nothing where there is none at all: the attempt to make a backup says so."""
    try:
        programs = installation.find(major, services.settings.programs.directories)
    except NotFound:
        return ()
    floor = installation.below_security_floor(programs)
    if floor is None or _on_this_machine(database.dsn.get_secret_value()):
        return ()
    found = f"{programs.version // 10000}.{programs.version % 10000}"
    return (VulnerableClient(program="pg_dump and pg_restore", version=found, floor=floor),)


def policy_facts(services: Services, name: str) -> PolicyFacts:
    """Who could turn the second key; not known where Slack is not reached."""
    database = services.database(name)
    directory = services.directory
    if directory is None:
        return PolicyFacts(approvals=database.approvals)
    return PolicyFacts(
        approvals=database.approvals,
        eligible_approvers=_eligible(directory, database.approvers),
        channel_problem=_channel_problem(directory, database.channel),
    )


def _eligible(directory: Directory, approvers: Sequence[str]) -> int | None:
    """How many could approve; None where Slack does not say."""
    try:
        return len(directory.resolve(approvers).eligible(directory.team_id))
    except NO_ANSWER as error:
        log.warning("the approvers are not known", reason=trouble_of(error).reason)
        return None


def _channel_problem(directory: Directory, name: str) -> str:
    try:
        channel = directory.channel(name)
    except SecondkeyError as missing:
        return missing.reason
    except NO_ANSWER as error:
        return f"#{name} could not be looked at: {trouble_of(error).reason}"
    return f"#{channel.name} {channel.problem}" if channel.problem else ""


def _search(services: Services, name: str, tables: tuple[TableName, ...]) -> tuple[Elsewhere, ...]:
    database = services.database(name)
    return elsewhere.search(
        database.dsn.get_secret_value(),
        tables,
        maintenance_database=database.maintenance_database,
        time_budget=SEARCH_TIME,
    )


def _on_this_machine(dsn: str) -> bool:
    """Whether every server that the connection string names is here; False where a file elsewhere says."""
    found = target(dsn)
    if found is None or "service" in conninfo_to_dict(dsn):
        return False
    return all(host == "loopback" for host, _ in found.servers)
