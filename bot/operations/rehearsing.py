"""A rehearsal: a good backup restored in a throw-away cluster, and the release's own command run there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from bot.config import Settings
from bot.domain.backup import Backup
from bot.domain.catalogue import default_choice
from bot.domain.deploying.deployment import newly_applied
from bot.domain.deploying.release_name import check_release
from bot.domain.ended import Ended
from bot.domain.findings import Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Rehearsed
from bot.domain.redaction import secrets_of
from bot.domain.rehearsal import Rehearsal, lost_rows, rehearsed
from bot.domain.release_environment import Door, Production, ReleaseUrl, cleaned, read_url
from bot.domain.restoring.choosing import refuse_unusable
from bot.domain.schema_diff import difference
from bot.domain.state import Baseline, State
from bot.errors import Refused, UsageError
from bot.operations import catalogue, release_command
from bot.operations.deploying.foretelling import release_of
from bot.operations.observing import compare, questions
from bot.operations.services import Services
from bot.postgres import installation
from bot.postgres.lock_watch import LockWatch
from bot.postgres.rehearsal_copy import RehearsalCopy, rehearsal_copy
from bot.postgres.restore_test import LIMIT
from bot.store import audit

#: Where most tools look for a connection string.
URL_VARIABLES = ("DATABASE_URL",)

Tell = Callable[[str], object]
Stop = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A release's own command, as it would be run in production."""

    argv: Sequence[str]
    #: the whole environment that it is given there
    environ: Mapping[str, str]
    #: the variables that hold its connection strings; the first one's login counts
    url_variables: Sequence[str] = URL_VARIABLES
    #: how long it may take; None for as long as it likes
    limit: timedelta | None = None
    #: the release's migrations folder; None for the configured one
    migrations: Path | None = None


def rehearse(
    services: Services,
    database: str,
    release: str,
    command: Command,
    by: str,
    *,
    backup_id: str | None = None,
    on_progress: Tell = lambda _: None,
    on_line: Tell = lambda _: None,
    should_stop: Stop = lambda: False,
) -> Rehearsal:
    """Run the command on a copy of the newest backup that is proven good, or of the one that is named.

    `on_line` gets the command's output without secrets. Raises `UsageError` and `NotFound` for a command that
    cannot be run, `Refused` where there is no backup to rehearse on, `BackupFault`, `CommandFailed` and
    `NotTestable` where it cannot be restored here, and `Stopped`. Nothing of the copy is left in any case.
    """
    check_release(release)
    services.database(database)
    prepared = _prepare(services.settings, command)
    backup = _choose(services, database, backup_id)
    programs = installation.find(backup.manifest.state.identity.major, services.settings.programs.directories)
    on_progress(f"reading {backup.id} back")
    archive = services.repository.verify_archive(backup, should_stop=should_stop)
    on_progress(f"restoring {backup.id} in a throw-away cluster")
    restored = rehearsal_copy(
        archive, backup.manifest, programs, services.scratch,
        login=prepared.login, on_progress=on_progress, should_stop=should_stop,
    )  # fmt: skip
    with restored as copy:
        found = _Rehearsing(services, database, release, backup, prepared, copy, on_progress, should_stop)
        rehearsal = found.run(on_line)
    _record(services, rehearsal, by)
    return rehearsal


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A command with an environment that leads nowhere yet."""

    command: Command
    urls: Mapping[str, ReleaseUrl]
    kept: Mapping[str, str]
    removed: tuple[str, ...]
    #: what its output is not to hold
    secrets: frozenset[str]

    @property
    def login(self) -> str:
        return next((url.login for url in self.urls.values()), "")

    def environment(self, door: Door) -> dict[str, str]:
        """Every connection string of it leads to the copy."""
        urls = {name: self.urls.get(name, ReleaseUrl()) for name in self.command.url_variables}
        leading = {name: url.leading_to(door) for name, url in urls.items()}
        return {**self.kept, **door.variables, **leading}


@dataclass(frozen=True)
class _Rehearsing:
    services: Services
    database: str
    release: str
    backup: Backup
    prepared: _Prepared
    copy: RehearsalCopy
    on_progress: Tell
    should_stop: Stop

    def run(self, on_line: Tell) -> Rehearsal:
        self.on_progress("counting the copy")
        before, schema = self._read_state(), self.copy.read_schema(self.should_stop)
        self.on_progress(f"running the command on the copy of {self.backup.id}")
        ended, locks = self._run_command(on_line)
        self.copy.end_sessions()
        self.on_progress("counting again")
        after, came = self._read_state(before), self.copy.came()
        lost = lost_rows(before, after, self.services.database(self.database).rules)
        return Rehearsal(
            release=self.release,
            database=self.database,
            backup_id=self.backup.id,
            backup_at=self.backup.manifest.created_at,
            restore_seconds=self.copy.copy.seconds,
            login=self.copy.door.login,
            different=self.copy.different,
            removed=self.prepared.removed,
            ended=ended,
            came=came,
            before=before,
            after=after,
            lost=lost,
            migrations=newly_applied(before.history, after.history),
            verdict=self._judge(before, after, rehearsed(self.backup.id, ended, came, lost)),
            locks=locks.longest,
            locks_unknown=locks.unknown,
            schema=difference(schema, self.copy.read_schema(self.should_stop)),
        )

    def _run_command(self, on_line: Tell) -> tuple[Ended, LockWatch]:
        command = self.prepared.command
        environment = self.prepared.environment(self.copy.door)
        with self.copy.watching_locks() as locks:
            ended = release_command.run(
                command.argv,
                environment,
                limit=command.limit,
                on_line=on_line,
                secrets=self.prepared.secrets | secrets_of(environment),
                should_stop=self.should_stop,
            )
        return ended, locks

    def _read_state(self, before: State | None = None) -> State:
        asked = questions(self.services.settings, self.services.database(self.database))
        asked = replace(asked, time_budget=LIMIT).with_history_of(before or self.backup.manifest.state)
        return self.copy.copy.read_state(asked, self.should_stop)

    def _judge(self, before: State, after: State, what: Rehearsed) -> Verdict:
        """What the one judge says of the copy beside what it was before; that it is a copy is no news."""
        observation = replace(
            compare(self.services, self.database, after),
            baseline=Baseline.of(before),
            after_pinning=False,
            rehearsed=what,
        )
        if (folder := self.prepared.command.migrations) is not None:
            release = release_of(self.services.database(self.database), str(folder))
            observation = replace(observation, release=release)
        found = judge(observation).findings
        return Verdict(findings=tuple(each for each in found if each.code.group != "identity"))


def _prepare(settings: Settings, command: Command) -> _Prepared:
    """Raises `UsageError` and `NotFound` before anything is restored."""
    if not command.argv:
        raise UsageError(
            "there is no command to rehearse", "secondkey rehearse RELEASE -- npx prisma migrate deploy"
        )
    urls = {
        name: read_url(name, value) for name in command.url_variables if (value := command.environ.get(name))
    }
    production = _production(settings, urls)
    kept, removed = cleaned(command.environ, production)
    release_command.refuse_missing(command.argv, kept)
    return _Prepared(
        command=command,
        urls=urls,
        kept=kept,
        removed=tuple(name for name in removed if name not in command.url_variables),
        secrets=secrets_of(command.environ, production.passwords),
    )


def _production(settings: Settings, urls: Mapping[str, ReleaseUrl]) -> Production:
    """Every server that the configuration and the release know."""
    dsns = [dsn.get_secret_value() for dsn in _dsns(settings) if dsn]
    options = [conninfo_to_dict(dsn) for dsn in dsns]
    listed = [str(found.get(name) or "") for found in options for name in ("host", "hostaddr")]
    hosts = {host for each in listed for host in each.split(",")}.union(*(url.hosts for url in urls.values()))
    passwords = {str(found.get("password") or "") for found in options}
    passwords |= {url.password for url in urls.values()}
    return Production(
        hosts=frozenset(hosts - {""}), passwords=frozenset(passwords - {""}), dsns=frozenset(dsns)
    )


def _dsns(settings: Settings) -> Iterator[SecretStr | None]:
    yield settings.state.dsn
    for database in settings.databases.values():
        yield from (database.dsn, database.restore_dsn, database.admin_dsn)


def _choose(services: Services, database: str, backup_id: str | None) -> Backup:
    if backup_id is not None:
        backup = catalogue.find(services, backup_id)
        refuse_unusable(backup, database)
        return backup
    chosen = default_choice(catalogue.known(services, database)).backup
    if chosen is None:
        raise Refused(
            "no-rehearsal",
            f"there is no backup of {database} to rehearse on: none is both healthy and restore-tested",
            f"`/backup {database}` makes one; --backup B-… takes one that was only read",
        )
    return chosen


def _record(services: Services, rehearsal: Rehearsal, by: str) -> None:
    with services.store.transaction() as connection:
        audit.append(
            connection,
            actor=by,
            action="rehearsal.done",
            subject=rehearsal.database,
            detail={
                "release": rehearsal.release,
                "backup": rehearsal.backup_id,
                "exit": rehearsal.exit_code,
                "lost": [str(each) for each in rehearsal.lost],
            },
        )
