"""Getting into a protected server, and every way in which that fails: in words, and never with a password."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.domain.findings import Code
from bot.errors import Refused
from bot.postgres.connection import Unreachable, connect, describe, reading_in_words
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from tests import servers
from tests.postgres.reading import MakeRole
from tests.servers import Database

SECRET = "correct-horse"


def refusal(dsn: str, **options: float) -> Unreachable:
    """What we are told; it never holds the password."""
    with pytest.raises(Unreachable) as told:
        connect(dsn, purpose="test", **options).close()
    assert SECRET not in str(told.value)
    assert told.value.__context__ is None or SECRET not in str(told.value.__context__)
    return told.value


def over_tcp(database: Database, role: str, password: str = SECRET, name: str | None = None) -> str:
    return f"postgresql://{role}:{password}@127.0.0.1:{database.server.port}/{name or database.name}"


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Database:
    """Nothing in this module changes it."""
    return servers.new_database(postgres_server)


@pytest.fixture
def login(database: Database) -> str:
    role = servers.make_role(database.server, f"LOGIN PASSWORD '{SECRET}'")
    return over_tcp(database, role)


def test_a_session_is_named_and_speaks_utf8_and_utc(login: str) -> None:
    with connect(login, purpose="O-1/abc") as connection:
        asked = "SELECT current_setting(name) FROM unnest(%s::text[]) AS name"
        names = ["application_name", "client_encoding", "TimeZone", "DateStyle", "statement_timeout", "jit"]
        found = [value for (value,) in connection.execute(asked, [names])]
        assert connection.autocommit
    assert found == ["secondkey/O-1/abc", "UTF8", "UTC", "ISO, MDY", "0", "off"]


def test_a_setting_of_the_login_does_not_cut_our_snapshot(database: Database, login: str) -> None:
    role = str(psycopg.conninfo.conninfo_to_dict(login)["user"])
    database.execute(f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '1s'")
    with connect(login, purpose="test") as connection:
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchall() == [("0",)]


def test_a_wrong_password_is_never_printed(database: Database, make_role: MakeRole) -> None:
    role = make_role("LOGIN PASSWORD 'another'")
    told = refusal(over_tcp(database, role))
    assert told.code is Code.IDENTITY_UNREACHABLE
    place = f"{role}@127.0.0.1:{database.server.port}/{database.name}"
    assert told.reason == f"{place}: the server refused the login or its password"


def test_a_login_that_is_unknown_is_told_as_a_wrong_password(database: Database) -> None:
    assert "refused the login or its password" in refusal(over_tcp(database, "nobody_we_know")).reason


def test_a_missing_password_is_asked_for(database: Database, login: str) -> None:
    told = refusal(login.replace(f":{SECRET}", ""))
    assert "asks for a password and none is configured" in told.reason
    assert "passfile" in told.hint


def test_a_role_that_may_not_log_in_is_told(database: Database, make_role: MakeRole) -> None:
    role = make_role(f"NOLOGIN PASSWORD '{SECRET}'")
    assert refusal(over_tcp(database, role)).hint == "ALTER ROLE … LOGIN"


def test_a_database_that_is_not_there_is_absent_and_the_others_are_named(
    database: Database, login: str
) -> None:
    told = refusal(make_conninfo(login, dbname="gone"))
    ((system_identifier,),) = database.execute("SELECT system_identifier::text FROM pg_control_system()")
    assert told.code is Code.IDENTITY_ABSENT
    assert told.system_identifier == system_identifier
    assert 'has no database "gone"' in told.reason
    assert "the server has " in told.hint


def test_a_maintenance_database_that_is_not_there_either_is_absent_all_the_same(database: Database) -> None:
    with pytest.raises(Unreachable) as told:
        connect(database.server.dsn("gone"), purpose="test", maintenance_database="gone_too")
    assert (told.value.code, told.value.system_identifier) == (Code.IDENTITY_ABSENT, None)


def test_a_database_that_allows_no_connections_is_there_and_closed(
    new_database: Callable[[], Database],
) -> None:
    database = new_database()
    other = f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false"
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(other.encode())
    told = refusal(database.dsn)
    assert told.code is Code.IDENTITY_UNREACHABLE
    assert told.reason.endswith("the database allows no connections")
    assert told.system_identifier


def test_a_database_that_the_login_may_not_enter_names_the_grant(
    new_database: Callable[[], Database], login: str
) -> None:
    database = new_database()
    database.execute(f"REVOKE CONNECT ON DATABASE {database.name} FROM PUBLIC")
    assert refusal(make_conninfo(login, dbname=database.name)).hint == "GRANT CONNECT ON DATABASE … TO …"


def test_a_database_without_a_free_slot_is_told_from_a_full_server(
    new_database: Callable[[], Database], login: str
) -> None:
    database = new_database()
    database.execute(f"ALTER DATABASE {database.name} CONNECTION LIMIT 0")
    assert refusal(make_conninfo(login, dbname=database.name)).reason.endswith(
        "the database has no free connection slot (its own connection limit)"
    )


def test_a_login_without_a_free_slot_is_told(database: Database, make_role: MakeRole) -> None:
    role = make_role(f"LOGIN CONNECTION LIMIT 0 PASSWORD '{SECRET}'")
    assert "no free connection slot" in refusal(over_tcp(database, role)).reason


def test_a_full_server_names_what_to_raise(tmp_path: Path) -> None:
    settings = {"max_connections": "3", "superuser_reserved_connections": "1", "max_wal_senders": "0"}
    server = Server(tmp_path / "server", embedded(), settings=settings, durable=False)
    server.start()
    try:
        role = servers.make_role(server)
        with psycopg.connect(server.dsn(user=role)), psycopg.connect(server.dsn(user=role)):
            told = refusal(server.dsn(user=role))
        assert told.reason.endswith("the server has no free connection slot")
        assert "raise max_connections" in told.hint
    finally:
        server.delete()


def test_a_closed_port_is_told() -> None:
    told = refusal(f"postgresql://bot:{SECRET}@127.0.0.1:{servers.free_port()}/ledger")
    assert told.reason.endswith("nobody listens there")


def test_a_socket_that_is_not_there_is_told(passable: Path) -> None:
    assert refusal(f"host={passable} dbname=ledger").reason.endswith("nobody listens there")


def test_a_host_that_nobody_knows_is_told() -> None:
    told = refusal(f"postgresql://bot:{SECRET}@no-such-host.invalid/ledger")
    assert told.reason == "bot@no-such-host.invalid/ledger: the host's name is not known"


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        told = refusal(f"postgresql://bot:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/ledger", timeout=2)
    assert told.reason.endswith("nothing answered in time")


def test_something_that_is_no_postgresql_server_is_told() -> None:
    with answering(lambda client, _: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        told = refusal(f"postgresql://bot:{SECRET}@127.0.0.1:{port}/ledger?sslmode=disable", timeout=2)
    assert "does not behave like a PostgreSQL server" in told.reason


def test_a_server_without_encryption_is_told_where_it_is_asked_for(login: str) -> None:
    assert refusal(make_conninfo(login, sslmode="require")).reason.endswith(
        "no encrypted connection came about"
    )


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://bot:{SECRET}@db.example.org:port/ledger",
        f"postgresql://bot:p@{SECRET}@db.example.org/ledger",
        f"postgresql://bot:{SECRET}/more@db.example.org/ledger",
        f"postgresql://bot:123/{SECRET}@db.example.org/ledger",
        f"postgresql://bot:{SECRET}%zz@db.example.org/ledger",
        f"host=db password={SECRET} pasword2={SECRET}",
        f"{SECRET}",
        f"postgresql://bot:{SECRET}@[::1/ledger",
    ],
)
def test_a_malformed_connection_string_is_never_repeated(dsn: str) -> None:
    assert refusal(dsn).reason == "the connection string cannot be read"
    assert describe(dsn) == "an unreadable connection string"


@pytest.mark.parametrize(
    ("dsn", "place"),
    [
        (f"postgresql://bot:{SECRET}@db:5433/ledger", "bot@db:5433/ledger"),
        (f"host=/run/pg user=bot password={SECRET} dbname=ledger", "bot@/run/pg/ledger"),
        ("postgresql:///ledger", "local socket/ledger"),
        (f"postgresql://bot:{SECRET}@a:1,b:2/ledger", "bot@a:1,b:2/ledger"),
        ("host=a,b port=5433 dbname=ledger", "a:5433,b:5433/ledger"),
        ("hostaddr=127.0.0.1 dbname=ledger", "127.0.0.1/ledger"),
    ],
)
def test_a_place_is_named_without_its_password(dsn: str, place: str) -> None:
    assert describe(dsn) == place


def test_of_several_hosts_the_one_that_answered_is_told(database: Database, make_role: MakeRole) -> None:
    role = make_role("LOGIN PASSWORD 'another'")
    port = database.server.port
    hosts = f"127.0.0.1:{servers.free_port()},127.0.0.1:{port}"
    told = refusal(f"postgresql://{role}:{SECRET}@{hosts}/{database.name}")
    assert told.reason == f"{role}@{hosts}/{database.name}: the server refused the login or its password"


def test_a_pooler_is_refused(database: Database, login: str) -> None:
    with pooler(database) as port, pytest.raises(Refused) as refused:
        connect(make_conninfo(login, port=port), purpose="test")
    assert refused.value.code == "pooler"
    assert "opened as process 42, and process" in refused.value.reason


def test_only_the_servers_own_names_are_found_whatever_the_login_and_its_string_say(
    database: Database, login: str
) -> None:
    role = str(psycopg.conninfo.conninfo_to_dict(login)["user"])
    database.execute(f"ALTER ROLE {role} IN DATABASE {database.name} SET search_path = public, pg_catalog")
    for dsn in (login, make_conninfo(login, options="-c search_path=public,pg_catalog")):
        with connect(dsn, purpose="test") as connection:
            assert connection.execute("SHOW search_path").fetchall() == [("pg_catalog",)]


def test_a_session_that_is_cut_is_told_in_words(database: Database, login: str) -> None:
    with connect(login, purpose="test") as connection:
        database.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        with pytest.raises(Unreachable) as told, reading_in_words(connection):
            connection.execute("SELECT 1")
    assert f"{database.name}: the connection was cut in the middle" in told.value.reason


def test_an_error_that_leaves_the_session_alive_stays_what_it_is(login: str) -> None:
    with (
        connect(login, purpose="test") as connection,
        pytest.raises(psycopg.errors.DivisionByZero),
        reading_in_words(connection),
    ):
        connection.execute("SELECT 1 / 0")


@contextmanager
def answering(answer: Callable[[socket.socket, bytes], object]) -> Iterator[int]:
    """Something else that listens; what a client sends first is answered once. Yields the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client:
                        answer(client, client.recv(65536))

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextmanager
def pooler(database: Database) -> Iterator[int]:
    """Hands everything on to the server, and tells the client a process id of its own, as poolers do."""

    def relay(client: socket.socket, startup: bytes) -> None:
        with socket.create_connection(("127.0.0.1", database.server.port or 0)) as server:
            server.sendall(startup)
            back = threading.Thread(target=forward, args=(server, client, renamed))
            back.start()
            forward(client, server, lambda data: data)
            back.join()

    with answering(relay) as port:
        yield port


def forward(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(change(data))
        target.shutdown(socket.SHUT_WR)


def renamed(data: bytes) -> bytes:
    """BackendKeyData is `K`, a length of 12, the process id and a key."""
    at = data.find(b"K\x00\x00\x00\x0c")
    return data if at < 0 else data[: at + 5] + b"\x00\x00\x00\x2a" + data[at + 9 :]
