"""A night in which somebody restores: a real database with ordinary logins, a real state, simple people."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from bot.app import open_services
from bot.config import load
from bot.domain.approval import Choice, Request
from bot.domain.backup import Archive, Backup, Health, Level, Tools, new_backup_id
from bot.domain.operation import Operation
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.made import Made
from bot.errors import SecondkeyError
from bot.operations import accept, approval, asking, deciding, runner
from bot.operations.services import Services
from bot.postgres.installation import embedded
from bot.postgres.lease import Lease, hold
from bot.postgres.naming import Names
from bot.postgres.server import Server
from bot.postgres.state import Questions, open_snapshot
from bot.store import backups, made, operations
from tests import builders, servers
from tests.operations.conftest import CONFIGURATION, NAME
from tests.operations.workspace_stand_in import TS, Workspace
from tests.postgres.archives import stream
from tests.postgres.protected import LEDGER, Protected, protected
from tests.servers import Database

MARA, JONAS, PRIYA = "U00000001", "U00000002", "U00000003"
USERS = 'SELECT count(*) FROM "User"'


class Night:
    """What people and the world do, step by step and in one thread; nothing happens by itself."""

    def __init__(self, services: Services, place: Protected) -> None:
        self.workspace = Workspace(MARA, JONAS, PRIYA)
        self.workspace.approvers = {JONAS, PRIYA}
        self.place = place
        self.deferred: list[str] = []
        self.services = replace(
            services,
            directory=self.workspace,  # type: ignore[arg-type]
            defer=lambda _connection, operation: self.deferred.append(operation.id),
        )

    @property
    def live(self) -> Database:
        return self.place.database

    def users(self) -> int:
        ((rows,),) = self.live.execute(USERS)
        return int(rows)

    def users_there(self) -> bool:
        return self.live.execute("SELECT to_regclass('public.\"User\"') IS NOT NULL") == [(True,)]

    def move_to(self, place: Protected) -> None:
        """The configuration leads to another server by now; what the bot knows is as it was."""
        configured = self.services.settings.databases[NAME]
        moved = configured.model_copy(update={"dsn": SecretStr(place.dsn)})
        settings = self.services.settings.model_copy(update={"databases": {NAME: moved}})
        self.services, self.place = replace(self.services, settings=settings), place

    def protect(self) -> Backup:
        """Adopted and backed up."""
        self.run(accept.request(self.services, NAME, "", MARA, "ops"))
        return self.back_up()

    def back_up(self, level: Level = Level.RESTORE_TESTED, health: Health = Health.HEALTHY) -> Backup:
        """A backup of the database as it is; how far it is proven is taken for granted."""
        backup_id, programs = new_backup_id(self.services.store.now()), embedded()
        repository, dsn = self.services.repository, self.live.dsn
        with open_snapshot(dsn, purpose="test", keep_locks=True) as snapshot:
            found = snapshot.read_state(Questions())
            with repository.open_archive(NAME, backup_id) as archive:
                stream(archive.write, dsn, snapshot.id)
            properties, roles = snapshot.read_properties(), snapshot.read_roles()
        manifest = builders.manifest(
            backup_id,
            database=NAME,
            state=found,
            properties=properties,
            roles=roles,
            archive=Archive(bytes=archive.bytes, sha256=archive.sha256, compression="zstd"),
            tools=Tools(pg_dump=programs.version, server=found.identity.server_version, secondkey="0.1.0"),
            health=health,
        )
        repository.save_manifest(manifest)
        repository.update_proof(NAME, backup_id, lambda proof: replace(proof, level=level))
        made_backup = repository.load(backup_id)
        with self.services.store.transaction() as connection:
            backups.record(connection, made_backup)
        return made_backup

    def ask(self, backup_id: str | None = None, reason: str = "users vanished") -> Request:
        """Somebody asks, and the copy is prepared."""
        return self.posted(asking.restore(self.services, NAME, backup_id, reason, MARA))

    def ask_undo(self) -> Request:
        return self.posted(asking.undo(self.services, NAME, "it was the wrong one", MARA))

    def approve(self, request: Request, by: str = JONAS) -> None:
        """Somebody taps; what was approved waits to be carried out."""
        self.react(request, Choice.APPROVE, by)

    def react(self, request: Request, choice: Choice, by: str) -> None:
        self.workspace.reactions.setdefault(choice, set()).add(by)
        deciding.reconsider(self.services, request.id)

    def ask_drop(self, name: str) -> Request:
        return self.posted(asking.drop(self.services, NAME, name, "no room", MARA))

    def cancel(self) -> Request:
        return asking.cancel(self.services, NAME, MARA)

    def carry_out(self, request: Request) -> SecondkeyError | None:
        return self.carry_out_id(request.id)

    def carry_out_id(self, operation_id: str) -> SecondkeyError | None:
        return runner.run(self.services, operation_id)

    def fall_silent(self) -> None:
        """Whoever was at work was killed long ago."""
        with self.services.store.transaction() as connection:
            connection.execute("UPDATE operations SET heartbeat = heartbeat - interval '1 hour'")

    def notices(self) -> list[str]:
        """What the bot said by itself."""
        with self.services.store.transaction() as connection:
            rows = connection.execute("SELECT text || blocks FROM outbox WHERE key LIKE 'notice:%going'")
            return [text for (text,) in rows]

    def restore(self, backup_id: str | None = None) -> Request:
        """The whole story, well ended."""
        return self._well_ended(self.ask(backup_id))

    def undo(self) -> Request:
        return self._well_ended(self.ask_undo())

    def run(self, operation: Operation) -> None:
        error = runner.run(self.services, operation.id)
        if error is not None:
            raise error

    def request(self, request: Request) -> Request:
        """As it is by now."""
        return approval.load(self.services, request.id)

    def operation(self, request: Request) -> Operation:
        return self.operation_of(request.id)

    def operation_of(self, operation_id: str) -> Operation:
        with self.services.store.transaction() as connection:
            return operations.load(connection, operation_id)

    def names_of(self, request: Request) -> Names:
        """The three databases that an approved restore is about."""
        return Names(**request.plan.act["names"])

    def lease(self, request: Request) -> AbstractContextManager[Lease]:
        """The right to act, as an earlier attempt had it."""
        return hold(self.place.dsn, purpose=f"{request.id}/earlier")

    def kept(self, kind: MadeKind = MadeKind.ASIDE) -> list[Made]:
        with self.services.store.transaction() as connection:
            return made.there(connection, NAME, kind)

    def alerted(self) -> str:
        """All that alerts say by now."""
        with self.services.store.transaction() as connection:
            rows = connection.execute(
                "SELECT outbox.text || outbox.blocks FROM outbox JOIN alerts ON alerts.id = outbox.key"
            )
            return "\n".join(text for (text,) in rows)

    def shown(self, key: str) -> str:
        """Everything that a message says now."""
        with self.services.store.transaction() as connection:
            row = connection.execute("SELECT text, blocks FROM outbox WHERE key = %s", [key]).fetchone()
        assert row is not None
        return f"{row[0]} {row[1]}"

    def names(self) -> list[str]:
        """The databases on the server that belong to this story."""
        found = self.place.superuser(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{self.live.name}%"]
        )
        return sorted(name for (name,) in found)

    def _well_ended(self, request: Request) -> Request:
        self.approve(request)
        error = self.carry_out(request)
        if error is not None:
            raise error
        return request

    def posted(self, preparation: Operation) -> Request:
        self.workspace.reactions.clear()
        self.run(preparation)
        request = approval.waiting(self.services, NAME)
        assert request is not None
        with self.services.store.transaction() as connection:
            connection.execute("UPDATE requests SET ts = %s WHERE id = %s", (TS, request.id))
        return request


@contextmanager
def a_night(
    postgres: Server, own: Server, folder: Path, more: str = "", sections: str = ""
) -> Iterator[Night]:
    """`more` goes to the database's section of the configuration, `sections` behind it."""
    with protected(postgres, embedded()) as place:
        place.as_owner(LEDGER)
        state = servers.new_state(own)
        address = f"postgresql://secondkey:secondkey@127.0.0.1:{own.port}/{state.name}"
        config = folder / "secondkey.toml"
        config.write_text(CONFIGURATION.format(state=address, dsn=place.dsn, more=more) + sections)
        with open_services(load(config, {}, need_slack=False)) as services:
            yield Night(services, place)
        servers.drop_database(state)
        _drop_made(place)


def _drop_made(place: Protected) -> None:
    with psycopg.connect(place.of("postgres").dsn, autocommit=True) as connection:
        pattern = f"{place.database.name}\\_%"
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]):
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
