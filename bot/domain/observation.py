"""All that is known when a database is judged."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.backup import Backup
from bot.domain.drill import Drill
from bot.domain.findings import Code, Severity
from bot.domain.migrations import Release
from bot.domain.sql_risk.risk import Risk
from bot.domain.state import Baseline, State, TableName


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the configuration says of one table."""

    table: TableName
    #: the least number of rows
    min: int | None = None
    #: a timestamp column whose newest value must not be older than `max_age`
    newest: str | None = None
    max_age: timedelta | None = None
    #: may be empty, and is not judged by ratio: queues, sessions
    volatile: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """A team's own question to its data: SQL that answers with one boolean."""

    name: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """Why there is no state to judge: always an identity code."""

    code: Code
    reason: str
    hint: str = ""
    #: of the cluster, where its maintenance database answered
    system_identifier: str | None = None


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Rows of a missing or shrunken table that lie in another schema or database of the same server."""

    table: TableName
    #: `schema public_old` or `database projectledger_aside_r42`
    place: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class LongTransaction:
    pid: int
    login: str
    application: str
    age: timedelta


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Those that take up one of the connections that a server allows."""

    #: most first
    by_login: tuple[tuple[str, int], ...]
    #: for ordinary logins
    allowed: int

    @property
    def total(self) -> int:
        return sum(number for _, number in self.by_login)


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A standby or a subscriber that is connected."""

    name: str
    #: as the server has it: `streaming`, `catchup`
    state: str = "streaming"
    #: `sync`, `async`, `quorum`, `potential`
    sync: str = "async"
    #: how long it is behind, or silent; None where it told nothing yet
    lag: timedelta | None
    #: of the server's log; None likewise
    behind_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A promise of the server to keep its log for somebody."""

    name: str
    #: somebody reads through it now
    active: bool
    #: how much of the log is kept; None where nothing is
    kept_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class VulnerableClient:
    """A program whose release is older than the security fixes of its major."""

    program: str
    version: str
    floor: str


@dataclass(frozen=True, kw_only=True)
class MissingClient:
    """pg_dump and pg_restore of the server's own major are not on this machine."""

    major: int
    #: the folders and packages, in words
    looked_in: str
    #: the newer version that is used instead: `17.10`; empty where there is none
    instead: str = ""


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """Something beside the data that could not be looked at."""

    what: str
    reason: str
    #: what to grant or to look at
    hint: str


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What keeps the bot from restoring or swapping, found by day."""

    reason: str
    #: what to grant, or the alternative
    hint: str


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """What the server and the programs for it say, beside the data."""

    login: str = ""
    superuser: bool = False
    #: reading and restoring use the same login
    one_login: bool = False
    replicas: tuple[Replica, ...] = ()
    slots: tuple[Slot, ...] = ()
    #: the last archive failure, if it came after the last success
    archive_failing: str = ""
    #: sessions that are open, by login, and how many the server allows; None where it does not tell
    sessions: Sessions | None = None
    long_transactions: tuple[LongTransaction, ...] = ()
    vulnerable_clients: tuple[VulnerableClient, ...] = ()
    missing_client: MissingClient | None = None
    #: free bytes of the repository's file system; None where nobody looked, or it is among the unseen
    repository_free_bytes: int | None = None
    #: bytes that the database takes up; None where the server does not tell
    database_bytes: int | None = None
    #: free bytes of the server's own volume; None where no command tells, or nobody looked
    server_free_bytes: int | None = None
    #: the large objects, where the login may not read all of them: an ordinary backup fails of one
    large_objects: Unseen | None = None
    unseen: tuple[Unseen, ...] = ()
    #: what the newest proof of restoring and swapping found; nothing where none was made yet
    cannot_restore: tuple[Lack, ...] = ()
    cannot_swap: tuple[Lack, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BackupFacts:
    """The database's backups, newest first, and what is known of where they lie."""

    backups: tuple[Backup, ...] = ()
    #: False where nobody looked: then nothing about backups is judged
    looked_at: bool = True
    #: the last attempt to make one failed: why, and when it was newer than every backup
    last_failure: str = ""
    max_age: timedelta = timedelta(days=1)
    same_host: bool = False
    #: `tmpfs`, `overlay`: what holds the repository and will not survive the machine
    ephemeral: str = ""
    #: why documents in the repository cannot be trusted, those since the newest backup that is proven good
    unsigned: str = ""
    #: why the repository could not be read at all
    unreadable: Unseen | None = None
    #: the signing key was never exported
    key_not_exported: bool = False
    #: the signing key's file is gone or out of reach
    key_lost: bool = False
    #: the last one
    drill: Drill | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyFacts:
    """Who could turn the second key, and where."""

    approvals: int = 1
    #: eligible approvers; None where Slack was not asked (the command line without a bot), or did not say
    eligible_approvers: int | None = None
    #: what kept some or all of them from being known; empty where Slack was not asked
    approvers_problem: str = ""
    #: why the channel is unfit for requests; empty where it is fine or was not asked
    channel_problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The configuration's limits for one database."""

    expectations: tuple[Expectation, ...] = ()
    checks: tuple[Check, ...] = ()
    #: the share of a table that may go unnoticed
    drop_ratio: float = 0.20
    long_transaction: timedelta = timedelta(hours=1)
    replica_lag: timedelta = timedelta(minutes=5)
    raised: dict[Code, Severity] = field(default_factory=dict)

    def expectation(self, table: TableName) -> Expectation | None:
        return next((e for e in self.expectations if e.table == table), None)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A release is about to touch the database: what else is judged then."""

    #: what its pending migrations may destroy
    risks: tuple[Risk, ...] = ()
    #: the schema that the release's connection string names; None where it names none, or is not known
    schema: str | None = None
    #: why that connection string does not lead to this database
    elsewhere: str = ""
    #: a backup is made before it begins: a missing one is no reason to stop yet
    backup_follows: bool = False


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What a release's own command did to a restored copy."""

    backup_id: str
    #: in words; empty where it went well
    failure: str = ""
    #: the tables that held fewer rows afterwards, in words: `User 1,204 → 0`
    lost: tuple[tuple[TableName, str], ...] = ()
    #: all of it in a sentence, for reports
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One database, as found now, with what it is compared with."""

    database: str
    now: datetime
    state: State | Unreadable
    baseline: Baseline | None
    #: the state was read after the baseline was pinned, so that it must hold the marker: not said of a
    #: backup that was begun before. Clocks of two servers could not tell.
    after_pinning: bool = True
    rules: Rules
    #: the tables whose rows were counted; None for all. What was not looked at is not judged.
    looked_at: frozenset[TableName] | None = None
    backups: BackupFacts
    server: ServerFacts = ServerFacts()
    policy: PolicyFacts = PolicyFacts()
    elsewhere: tuple[Elsewhere, ...] = ()
    #: where missing rows should have been looked for and could not be
    unsearched: tuple[Unseen, ...] = ()
    #: the migrations folder of the release, where one is configured
    release: Release | None = None
    #: None where nothing is to be deployed
    gate: Gate | None = None
    #: None where the release was not rehearsed
    rehearsed: Rehearsed | None = None
