"""How much `/verify` costs beside the bare counts: `python -m benchmarks.verify [TABLES] [ROWS]`.

The state of 1,000 tables and 10 million rows in all, read as `/verify` reads it, against one session that
sends `SELECT count(*)` for each table. Both on one throw-away server, in turns.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import psycopg

from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.postgres.state import Questions, open_snapshot

TURNS = 5


def main(tables: int = 1000, rows: int = 10_000_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", embedded(), durable=False)
        server.start()
        try:
            fill(server.dsn(), tables, rows // tables)
            compare(server.dsn(), tables, rows)
        finally:
            server.delete()


def fill(dsn: str, tables: int, rows: int) -> None:
    """Tables as an application has them: a key, a word, a moment."""
    create = "CREATE TABLE t{} (id int PRIMARY KEY, word text, at timestamptz DEFAULT now())"
    insert = "INSERT INTO t{} SELECT n, md5(n::text) FROM generate_series(1, {}) AS n"
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number in range(tables):
            connection.execute(create.format(number).encode())
            connection.execute(insert.format(number, rows).encode())
        connection.execute("VACUUM ANALYZE")


def compare(dsn: str, tables: int, rows: int) -> None:
    read_state(dsn)
    bare, state = [], []
    for _ in range(TURNS):
        bare.append(seconds(lambda: bare_counts(dsn, tables)))
        state.append(seconds(lambda: read_state(dsn)))
    print(f"{tables:,} tables, {rows:,} rows, medians of {TURNS}")
    print(f"bare counts  {median(bare):7.3f} s  ({', '.join(f'{each:.3f}' for each in bare)})")
    print(f"the state    {median(state):7.3f} s  ({', '.join(f'{each:.3f}' for each in state)})")
    print(f"ratio        {median(state) / median(bare):7.2f}")


def bare_counts(dsn: str, tables: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number in range(tables):
            connection.execute(f"SELECT count(*) FROM t{number}".encode()).fetchone()  # noqa: S608


def read_state(dsn: str) -> None:
    with open_snapshot(dsn, purpose="benchmark") as snapshot:
        snapshot.read_state(Questions(time_budget=timedelta(minutes=10)))


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
