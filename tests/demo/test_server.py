"""Servers that others left: moved with their directory, or still on their way up."""

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import psycopg

from bot.postgres.installation import embedded
from bot.postgres.server import Server


def test_a_directory_that_was_moved_brings_its_data_along() -> None:
    with TemporaryDirectory(prefix="secondkey-moved-") as place:
        Path(place).chmod(0o711)
        before = Server(Path(place) / "before", embedded(), durable=False)
        before.start()
        with psycopg.connect(before.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept ()")
        before.stop()
        after = Server(
            before.directory.rename(before.directory.with_name("after")), embedded(), durable=False
        )
        after.start()
        try:
            with psycopg.connect(after.dsn()) as connection:
                assert connection.execute("SELECT FROM kept").rowcount == 0
        finally:
            after.delete()


def test_a_server_that_is_being_started_by_somebody_else_is_waited_for_and_adopted(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", embedded(), durable=False)
    server.start()
    lock = server.data / "postmaster.pid"
    ready = lock.read_text()
    lock.write_text(ready.replace("ready", "starting"))
    Timer(0.2, lock.write_text, [ready]).start()
    other = Server(tmp_path / "server", embedded(), durable=False)
    other.start()
    assert int(lock.read_text().splitlines()[0]) == int(ready.splitlines()[0])
    assert lock.read_text() == ready
    server.delete()
