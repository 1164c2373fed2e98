"""For each reason code, one situation in which it is found."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.backup import Health, Level
from bot.domain.findings import Code
from bot.domain.migrations import Migration, MigrationState
from bot.domain.observation import (
    BackupFacts,
    Check,
    Elsewhere,
    Expectation,
    Gate,
    Lack,
    LongTransaction,
    MissingClient,
    Observation,
    PolicyFacts,
    Rehearsed,
    Replica,
    Rules,
    ServerFacts,
    Sessions,
    Slot,
    Unreadable,
    Unseen,
    VulnerableClient,
)
from bot.domain.sql_risk.reading import risks
from bot.domain.state import CheckResult, Marker, Newest
from tests import builders as b

USERS = b.table("User", 1204)
AGREED = b.baseline(USERS)
OLDER, NEWER = "B-20251008-100000-aaaa", "B-20251008-110000-bbbb"


def identity(**changes: Any) -> Observation:
    """The right rows in a database that is somebody else in one respect."""
    return b.observation(b.state(USERS, identity=replace(b.IDENTITY, **changes)), AGREED)


def rows(found: int | None, before: int = 1204, **expected: Any) -> Observation:
    """One table as it was and as it is, with what the configuration expects of it."""
    expectation = Expectation(table=b.table_name("User"), **expected)
    rules = Rules(expectations=(expectation,) if expected else ())
    return b.observation(b.state(b.table("User", found)), b.baseline(b.table("User", before)), rules=rules)


def releasing(sql: str) -> Observation:
    """A release at the gate whose pending migration is this."""
    gate = Gate(risks=risks(sql, "2_more/migration.sql"))
    return b.observation(b.state(USERS), AGREED, gate=gate)


def rehearsal(**found: Any) -> Observation:
    """The right database, and what a release's command did to a copy of it."""
    return b.observation(b.state(USERS), AGREED, rehearsed=Rehearsed(backup_id=NEWER, **found))


def migrations(
    *applied: Migration | str, release: tuple[str, ...] = (), known: tuple[str, ...] = ()
) -> Observation:
    """A history beside the release's folder and the baseline's history."""
    before = b.baseline(of=b.state(USERS, history=b.history(*known))) if known else AGREED
    return b.observation(
        b.state(USERS, history=b.history(*applied)), before, release=b.release(*release) if release else None
    )


def facts(**other: Any) -> Observation:
    return b.observation(b.state(USERS), AGREED, backups=BackupFacts(**{"backups": (b.backup(),), **other}))


def server(**found: Any) -> Observation:
    return b.observation(b.state(USERS), AGREED, server=ServerFacts(**found))


def policy(**found: Any) -> Observation:
    return b.observation(b.state(USERS), AGREED, policy=PolicyFacts(**found))


def away(code: Code, system_identifier: str | None = None) -> Observation:
    unreadable = Unreadable(
        code=code, reason="nobody listens there", hint="look", system_identifier=system_identifier
    )
    return b.observation(unreadable, AGREED)


def stale(age: timedelta, limit: timedelta = timedelta(days=2)) -> Observation:
    table = b.table_name("User")
    rules = Rules(expectations=(Expectation(table=table, newest="createdAt", max_age=limit),))
    newest = Newest(table=table, column="createdAt", at=b.NOON - age)
    return b.observation(b.state(USERS, newest=(newest,)), AGREED, rules=rules)


def checked(passed: bool | None, problem: str = "") -> Observation:
    check = Check(name="plans are there", sql="SELECT true")
    result = CheckResult(name=check.name, passed=passed, problem=problem)
    return b.observation(b.state(USERS, checks=(result,)), AGREED, rules=Rules(checks=(check,)))


_PLACE = Elsewhere(table=b.table_name("User"), place="schema public_old", rows=1204)
_FOREIGN = Marker(id="marker-1", system_identifier=b.OTHER_CLUSTER, database_oid=1)
_OPEN = LongTransaction(pid=4711, login="app", application="report", age=timedelta(hours=3))
_CLIENT = VulnerableClient(program="pg_dump and pg_restore", version="17.10", floor="17.12")
_MISSING = MissingClient(major=18, looked_in="/usr/lib/postgresql/*/bin (found: 17)")
_UNSEEN = Unseen(what="bot", reason="open transactions are hidden", hint="`GRANT pg_read_all_stats TO bot`")
_SMALL = replace(b.manifest().archive, bytes=400_000)
_SUSPECT = b.backup(NEWER, health=Health.SUSPECT, proof={"suspect_because": (Code.ROWS_ZERO,)})

SITUATIONS: dict[Code, Observation] = {
    Code.IDENTITY_UNREACHABLE: away(Code.IDENTITY_UNREACHABLE),
    Code.IDENTITY_ABSENT: away(Code.IDENTITY_ABSENT),
    Code.IDENTITY_OTHER_CLUSTER: identity(system_identifier=b.OTHER_CLUSTER),
    Code.IDENTITY_OTHER_DATABASE: identity(database_name="postgres"),
    Code.IDENTITY_RECREATED: identity(database_oid=b.OID + 1),
    Code.IDENTITY_MARKER_MISSING: identity(marker=None),
    Code.IDENTITY_MARKER_FOREIGN: identity(marker=_FOREIGN),
    Code.IDENTITY_READ_ONLY: identity(read_only=True),
    Code.IDENTITY_STANDBY: identity(standby=True),
    Code.BASELINE_MISSING: b.observation(b.state(USERS)),
    Code.SCHEMA_MISSING_TABLE: b.observation(b.state(), AGREED),
    Code.SCHEMA_CHANGED: b.observation(b.state(USERS, b.table("Invoice", 1)), AGREED),
    Code.ROWS_ZERO: rows(0),
    Code.ROWS_DROPPED: rows(602),
    Code.ROWS_BELOW_FLOOR: rows(999, 999, min=1000),
    Code.ROWS_UNREADABLE: rows(None),
    Code.DATA_ELSEWHERE: replace(rows(0), elsewhere=(_PLACE,)),
    Code.CHECK_FAILED: checked(False),
    Code.DATA_STALE: stale(timedelta(days=3)),
    Code.HISTORY_MISSING: b.observation(b.state(USERS, history=b.history(present=False)), AGREED),
    Code.HISTORY_EMPTY: migrations(),
    Code.HISTORY_ALL_PENDING: migrations(release=("1_init", "2_more")),
    Code.HISTORY_FAILED: migrations(b.migration("1_init", MigrationState.FAILED)),
    Code.HISTORY_RUNNING: migrations(b.migration("1_init", MigrationState.RUNNING)),
    Code.HISTORY_ROLLED_BACK: migrations("1_init", b.migration("2_more", MigrationState.ROLLED_BACK)),
    Code.HISTORY_UNKNOWN_MIGRATION: migrations("1_init", "2_more", release=("1_init",)),
    Code.HISTORY_EDITED: migrations(b.migration("1_init", checksum="another"), release=("1_init",)),
    Code.HISTORY_OUT_OF_ORDER: migrations("2_more", release=("1_init", "2_more")),
    Code.HISTORY_UNREADABLE: b.observation(b.state(USERS, history=b.history(problem="denied")), AGREED),
    Code.HISTORY_PENDING: migrations("1_init", release=("1_init", "2_more")),
    Code.RELEASE_DESTRUCTIVE_SQL: releasing('DROP TABLE "User"'),
    Code.RELEASE_UNPARSABLE_SQL: releasing("CALL clean_up()"),
    Code.RELEASE_REHEARSAL_FAILED: rehearsal(failure="it was killed by SIGKILL"),
    Code.RELEASE_REHEARSAL_LOST_ROWS: rehearsal(lost=((USERS.name, "User 1,204 → 0"),)),
    Code.BACKUP_MISSING: facts(backups=()),
    Code.BACKUP_STALE: facts(backups=(b.backup("B-20251006-110000-abcd"),)),
    Code.BACKUP_FAILED: facts(last_failure="the disk is full"),
    Code.BACKUP_NOT_RESTORE_TESTED: facts(backups=(b.backup(level=Level.READ),)),
    Code.BACKUP_CORRUPT: facts(backups=(b.backup(corrupt="one byte was changed"),)),
    Code.BACKUP_SHRUNK: facts(backups=(b.backup(NEWER, archive=_SMALL), b.backup(OLDER))),
    Code.BACKUP_UNSIGNED: facts(unsigned="the signature is not the key's"),
    Code.BACKUP_UNREADABLE: facts(unreadable=_UNSEEN),
    Code.BACKUP_SUSPECT: facts(backups=(_SUSPECT, b.backup(OLDER))),
    Code.BACKUP_SAME_HOST: facts(same_host=True),
    Code.BACKUP_EPHEMERAL_STORAGE: facts(ephemeral="tmpfs"),
    Code.BACKUP_KEY_LOST: facts(key_lost=True),
    Code.SERVER_DISK_LOW: server(repository_free_bytes=10_000_000),
    Code.SERVER_ARCHIVE_FAILING: server(archive_failing="0000000100000000000000A1 at 11:58"),
    Code.SERVER_REPLICA_LAGGING: server(replicas=(Replica(name="replica-1", lag=timedelta(minutes=9)),)),
    Code.SERVER_SLOT_INACTIVE: server(slots=(Slot(name="reserve", active=False, kept_bytes=90_000_000),)),
    Code.SERVER_CONNECTIONS_FULL: server(sessions=Sessions(by_login=(("app", 88), ("bot", 2)), allowed=97)),
    Code.SERVER_LONG_TRANSACTION: server(long_transactions=(_OPEN,)),
    Code.SERVER_CLIENT_MISSING: server(missing_client=_MISSING),
    Code.SERVER_CLIENT_VULNERABLE: server(vulnerable_clients=(_CLIENT,)),
    Code.SERVER_SUPERUSER: server(login="postgres", superuser=True),
    Code.SERVER_ONE_LOGIN: server(login="bot", one_login=True),
    Code.SERVER_CANNOT_RESTORE: server(cannot_restore=(Lack(reason="no CREATEDB", hint="grant it"),)),
    Code.SERVER_CANNOT_SWAP: server(cannot_swap=(Lack(reason="not a member of app", hint="grant it"),)),
    Code.SERVER_KEY_NOT_EXPORTED: facts(key_not_exported=True),
    Code.SERVER_UNREADABLE: server(unseen=(_UNSEEN,)),
    Code.POLICY_TOO_FEW_APPROVERS: policy(eligible_approvers=1, approvals=1),
    Code.POLICY_CHANNEL: policy(channel_problem="#ops is archived"),
}
