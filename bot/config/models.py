"""The configuration as frozen models, one for each concern. `docs/secondkey.example.toml` shows every key."""

import re
from datetime import timedelta
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.config.alerting import Alerts, DatabaseAlerts
from bot.config.approving import Approval
from bot.config.deploying import Deploy
from bot.config.drilling import Drill
from bot.config.incidents import Incidents
from bot.config.listening import Http
from bot.config.problems import problem
from bot.config.restoring import Restore, TrafficCommands
from bot.config.retention import Retention
from bot.config.scheduling import DAILY, UNIVERSAL, Times, TimeZone
from bot.config.section import Section
from bot.config.values import (
    SLACK_API,
    ApiUrl,
    Channel,
    Dsn,
    Duration,
    FolderUrl,
    Person,
    RelativePath,
    Table,
    Text,
    read_table,
)
from bot.config.watching import Watching
from bot.domain.findings import Code, Severity, default_severity
from bot.domain.incidents.grammar import ANYWAY
from bot.domain.incidents.incident import Role
from bot.domain.migrations import Tool
from bot.domain.observation import Check, Expectation, Rules

#: Words of the commands' grammar; a database of such a name could not be told from them.
RESERVED = frozenset({
    "abort", "accept", "all", "approve", "audit", "backup", "backups", "cancel", "delete", "deny",
    "deploy", "drill", "drop", "emergency", "finish", "freeze", "help", "history", "incident", "keys",
    "list", "lower", "override", "pin", "quiet", "release", "restore", "resume", "retention", "retry",
    "schedule", "secondkey", "show", "start", "status", "stop", "thaw", "undo", "unpin", "verify",
    "watch", ANYWAY, *Role,
})  # fmt: skip
#: More people than this never turn up in one night.
MOST_APPROVALS = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
#: What the grammar would take for a backup's id, or for a duration.
_LIKE_ANOTHER = re.compile(r"b-\d.*|\d+[smhdw]")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_PREFIX = re.compile(r"[a-z0-9_-]{0,20}")
_SEVERITIES = [Severity.INFORMATION, Severity.WARNING, Severity.CRITICAL]


def _check_prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise problem(
            "is not a prefix for commands", 'at most 20 of a-z, 0-9, _ and -: "sk-" makes /sk-backup'
        )
    return value


class Slack(Section):
    """How Slack is reached. The tokens are there only where they were asked for."""

    #: where the bot speaks about itself, and the databases' default channel
    channel: Channel
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    #: the same secrets as files that only we may read
    bot_token_file: RelativePath | None = None
    app_token_file: RelativePath | None = None
    api_url: ApiUrl = SLACK_API
    #: before /backup and /verify, where those names are taken
    command_prefix: Annotated[str, AfterValidator(_check_prefix)] = ""


class State(Section):
    """Where the bot keeps its own records: a private server in a folder, or a server that is there."""

    directory: RelativePath | None = None
    dsn: Dsn | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "State":
        if (self.directory is None) == (self.dsn is None):
            raise problem(
                "needs either directory or dsn",
                'directory = "/var/lib/secondkey" keeps a private server there; dsn points to one of yours',
            )
        return self


def _check_fingerprint(value: str) -> str:
    if not _FINGERPRINT.fullmatch(value):
        raise problem("is not a key's fingerprint", "`secondkey keys` prints it: SHA256: and 43 characters")
    return value


class Repository(Section):
    """Where backups go, and the key that signs them."""

    url: FolderUrl
    signing_key: RelativePath
    signing_key_fingerprint: Annotated[str, AfterValidator(_check_fingerprint)] | None = None


class Programs(Section):
    #: folders with PostgreSQL programs, searched before `/usr/lib/postgresql/*/bin`
    directories: tuple[RelativePath, ...] = ()


class Verify(Section):
    #: how long reading a database's state may take in all
    time_budget: Duration = timedelta(minutes=5)
    #: how long each of a team's own checks may take
    check_time: Duration = timedelta(seconds=10)


class Backup(Section):
    #: when one is made that nobody asks for
    schedule: Times = DAILY
    #: an older newest backup is `backup.stale`
    max_age: Duration = timedelta(days=1)
    #: None where none is ever deleted
    retention: Retention | None = None


class Expect(Section):
    """What one table is expected to hold."""

    min: Annotated[int, Field(ge=0)] | None = None
    newest: Text | None = None
    max_age: Duration | None = None
    volatile: bool = False

    @model_validator(mode="after")
    def _newest_with_its_age(self) -> "Expect":
        if (self.newest is None) != (self.max_age is None):
            raise problem("newest and max_age belong together", 'newest = "createdAt", max_age = "2d"')
        return self


class Migrations(Section):
    """The release's migrations, to be compared with the database's history."""

    tool: Tool
    #: the history's table, where the tool was told to keep it under another name, or there are several
    table: Table | None = None
    directory: RelativePath | None = None


def _check_severities(severities: dict[Code, Severity]) -> dict[Code, Severity]:
    for code, severity in severities.items():
        default = default_severity(code)
        if _SEVERITIES.index(severity) < _SEVERITIES.index(default):
            raise problem(f"{code} cannot go below {default}", "severities can only be raised here")
    return severities


def _check_tables(expect: dict[str, Expect]) -> dict[str, Expect]:
    tables = [read_table(key) for key in expect]
    for table in tables:
        if tables.count(table) > 1:
            raise problem(f"{table} is there twice", "keep one entry for each table")
    return expect


def _check_approvers(approvers: tuple[str, ...]) -> tuple[str, ...]:
    if not approvers:
        raise problem("is empty, and nobody could turn the second key", 'approvers = ["@dba"]')
    return approvers


def _check_approvals(approvals: int) -> int:
    if not 1 <= approvals <= MOST_APPROVALS:
        raise problem(
            f"must be from 1 to {MOST_APPROVALS}", "so many people besides the requester must approve"
        )
    return approvals


class Database(Section):
    """One protected database."""

    dsn: Dsn
    #: a login of its own for restoring
    restore_dsn: Dsn | None = None
    #: a superuser's, for statements of ours that the restoring login may not run
    admin_dsn: Dsn | None = None
    environment: Text = "production"
    #: requests and results
    channel: Channel
    #: alerts and deployment reports
    incidents: Channel
    #: who may ask; empty: full members who are in the channel
    requesters: tuple[Person, ...] = ()
    approvers: Annotated[tuple[Person, ...], AfterValidator(_check_approvers)]
    #: how many people besides the requester must approve
    approvals: Annotated[int, AfterValidator(_check_approvals)] = 1
    approval: Approval = Approval()
    expect: Annotated[dict[str, Expect], AfterValidator(_check_tables)] = Field(default_factory=dict)
    checks: dict[Text, Text] = Field(default_factory=dict)
    migrations: Migrations | None = None
    backup: Backup = Backup()
    traffic: TrafficCommands = TrafficCommands()
    restore: Restore = Restore()
    deploy: Deploy = Deploy()
    watch: Watching = Watching()
    drill: Drill = Drill()
    alerts: DatabaseAlerts = DatabaseAlerts()
    #: whose clock the schedules go by
    time_zone: TimeZone = UNIVERSAL
    #: how long a backup waits for a table's lock
    lock_wait: Duration = timedelta(seconds=30)
    maintenance_database: Text = "postgres"
    severities: Annotated[dict[Code, Severity], AfterValidator(_check_severities)] = Field(
        default_factory=dict
    )
    #: the share of a table that may go unnoticed
    drop_ratio: Annotated[float, Field(gt=0, lt=1)] = Rules.drop_ratio
    long_transaction: Duration = Rules.long_transaction
    replica_lag: Duration = Rules.replica_lag

    @property
    def rules(self) -> Rules:
        """The limits that the database is judged by."""
        return Rules(
            expectations=tuple(_expectation(key, expect) for key, expect in self.expect.items()),
            checks=tuple(Check(name=name, sql=sql) for name, sql in self.checks.items()),
            drop_ratio=self.drop_ratio,
            long_transaction=self.long_transaction,
            replica_lag=self.replica_lag,
            raised=dict(self.severities),
        )


def _expectation(key: str, expect: Expect) -> Expectation:
    return Expectation(
        table=read_table(key),
        min=expect.min,
        newest=expect.newest,
        max_age=expect.max_age,
        volatile=expect.volatile,
    )


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise problem(
            "is no name for a database here", "at most 63 of a-z, 0-9, _ and -, beginning with a-z or 0-9"
        )
    if name in RESERVED or _LIKE_ANOTHER.fullmatch(name):
        raise problem(
            "could not be told from a word of the commands, from a backup's id or from a duration",
            "any other name will do: it need not be the database's own",
        )
    return name


def _check_databases(databases: dict[str, Database]) -> dict[str, Database]:
    if not databases:
        raise problem("is empty, and there is nothing to protect", "add a section [databases.NAME]")
    return databases


class Settings(Section):
    """Everything that `secondkey.toml` and the environment say. Needs `context={"folder": Path}`."""

    #: None where only the command line is used
    slack: Slack | None = None
    state: State
    repository: Repository
    programs: Programs = Programs()
    verify: Verify = Verify()
    #: None where nothing but Slack asks the bot
    http: Http | None = None
    alerts: Alerts = Alerts()
    incidents: Incidents = Incidents()
    #: where throw-away clusters live; default: `scratch` in the state directory, else beside the file
    scratch: RelativePath
    databases: Annotated[
        dict[Annotated[str, AfterValidator(_check_name)], Database], AfterValidator(_check_databases)
    ]

    @property
    def slack_prefix(self) -> str:
        """What stands before the commands' names."""
        return self.slack.command_prefix if self.slack else ""

    @property
    def watched(self) -> dict[str, timedelta]:
        """How often each database is to be looked at, but for those that are not."""
        return {name: each.watch.every for name, each in self.databases.items() if each.watch.enabled}

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Defaults that other keys give; what is no table is left for the fields to complain about."""
        if not isinstance(data, dict):
            return data
        databases = data.get("databases")
        if isinstance(databases, dict):
            databases = {name: _with_channels(each, data.get("slack")) for name, each in databases.items()}
            data = {**data, "databases": databases}
        return {"scratch": _default_scratch(data.get("state")), **data}


def _with_channels(database: Any, slack: Any) -> Any:
    """Alerts go where requests go, and requests where the bot speaks, unless the file says otherwise."""
    if not isinstance(database, dict):
        return database
    usual = slack.get("channel") if isinstance(slack, dict) else None
    channel = database.get("channel", usual)
    return {"channel": channel, "incidents": channel, **database} if channel is not None else database


def _default_scratch(state: Any) -> str:
    directory = state.get("directory") if isinstance(state, dict) else None
    return str(PurePath(directory) / "scratch") if isinstance(directory, str) else "scratch"
