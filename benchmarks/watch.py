"""What the watch costs the protected server: `python -m benchmarks.watch [TABLES] [ROWS]`.

The processor time of the server's own process for one glance at 1,000 tables, against exact counts of all of
them, which is what one would ask every few seconds otherwise. Once with few rows and once with many.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psycopg

from benchmarks.verify import fill
from bot.domain.state import TableName
from bot.postgres.glance import Asked, Eye
from bot.postgres.installation import embedded
from bot.postgres.server import Server

GLANCES, COUNTS = 100, 5
#: The first glance of a session prepares what the others only run.
FIRST = 2


def main(tables: int = 1000, rows: int = 10_000_000) -> None:
    print(f"{tables:,} tables; processor time of the server for one look, median (worst)")
    for each in (tables * 10, rows):
        with filled(tables, each // tables) as dsn:
            compare(dsn, tables, each)


@contextmanager
def filled(tables: int, rows: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        server = Server(Path(folder) / "server", embedded(), durable=False)
        server.start()
        try:
            fill(server.dsn(), tables, rows)
            with psycopg.connect(server.dsn(), autocommit=True) as connection:
                # Else the server does it by itself, in the midst of what is measured.
                connection.execute("VACUUM ANALYZE")
            yield server.dsn()
        finally:
            server.delete()


def compare(dsn: str, tables: int, rows: int) -> None:
    names = [TableName("public", f"t{number}") for number in range(tables)]
    asked = Asked(tables=names, history=history(dsn))
    eye = Eye(dsn, "postgres")
    eye.look(asked)
    glances = costs(process(dsn, "secondkey/watch"), lambda: eye.look(asked), GLANCES)
    eye.close()
    with psycopg.connect(dsn, autocommit=True, application_name="counting") as counting:
        counts = costs(process(dsn, "counting"), lambda: count(counting, names), COUNTS)
    print(f"{rows:12,} rows: a glance {told(glances)}, exact counts {told(counts)}", end="")
    print(f", ratio {median(glances) / median(counts):.3f}")


def history(dsn: str) -> TableName:
    """The history of an application that was migrated a few dozen times."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "CREATE TABLE history AS SELECT n AS id, md5(n::text) FROM generate_series(1, 50) n"
        )
    return TableName("public", "history")


def count(connection: psycopg.Connection, names: list[TableName]) -> None:
    for name in names:
        connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()  # noqa: S608


def process(dsn: str, application: str) -> int:
    """The server's process of the session that is called so."""
    with psycopg.connect(dsn) as connection:
        find = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
        (pid,) = connection.execute(find, (application,)).fetchone() or (0,)
        return int(pid)


def costs(pid: int, act: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of processor time of that process, for each time."""
    for _ in range(FIRST):
        act()
    found = []
    for _ in range(times):
        before = spent(pid)
        act()
        found.append(spent(pid) - before)
    return found


def spent(pid: int) -> float:
    """Milliseconds on a processor so far, of user and kernel."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def told(milliseconds: list[float]) -> str:
    return f"{median(milliseconds):7.1f} ms ({max(milliseconds):.1f})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
