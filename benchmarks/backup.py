"""How much a backup costs beside pg_dump and the usual script: `python -m benchmarks.backup [MEGABYTES]`.

A backup here is everything but the restore test: every table counted exactly in the dump's own snapshot, the
archive hashed as it streams, fsync, rename. Targets for 1 GB: at most 1.15 times `pg_dump -Fc -Z zstd` to a
file, at most 0.5 times the usual script (`pg_dump -Fc`, then `sha256sum`, then `pg_restore -l`), and less
than 40 MB of memory more in our own process.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import psycopg

from bot import programs, wording
from bot.postgres import dump
from bot.postgres.client import own_access
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.postgres.state import Questions, open_snapshot
from bot.repository import archive

TURNS = 5
LIMIT = 3600.0
#: Tables as an application has them: rows for each megabyte of the database, and how to make them.
TABLES = {
    "User": (
        170,
        """SELECT n AS id, 'user' || n || '@example.org' AS email, initcap(md5(n::text)) AS name,
        now() - n * interval '1 minute' AS "createdAt\"""",
    ),
    "Invoice": (
        1340,
        """SELECT n AS id, n % 1500 AS "userId", (random() * 10000)::numeric(12, 2) AS total,
        (ARRAY['draft', 'sent', 'paid'])[1 + n % 3] AS status, repeat('Consulting, ', 1 + n % 9) AS memo,
        jsonb_build_object('vat', n % 20, 'lines', ARRAY[n, n + 1], 'ref', md5(n::text)) AS data,
        now() - n * interval '1 second' AS "createdAt\"""",
    ),
    "Payment": (
        1340,
        """SELECT n AS id, n AS "invoiceId", (random() * 10000)::numeric(12, 2) AS amount,
        gen_random_uuid() AS reference, now() - n * interval '1 second' AS at""",
    ),
    "Event": (
        1680,
        """SELECT gen_random_uuid() AS id, 'invoice.' || (ARRAY['seen', 'sent', 'paid'])[1 + n % 3] AS kind,
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/' || n % 140 AS agent,
        md5(random()::text) AS session, repeat('a page of the application ', 1 + n % 6) AS page,
        now() - n * interval '1 second' AS at""",
    ),
}


def main(megabytes: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", embedded(), durable=False)
        server.start()
        try:
            dsn = own_access(server.dsn(), "benchmark").conninfo
            fill(dsn, megabytes)
            compare(dsn, Path(folder))
        finally:
            server.delete()


def fill(dsn: str, megabytes: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name, (rows, columns) in TABLES.items():
            made = f'CREATE TABLE "{name}" AS {columns} FROM generate_series(1, {rows * megabytes}) AS n'
            connection.execute(made.encode())
            connection.execute(f'CREATE INDEX ON "{name}" (id)'.encode())
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def compare(dsn: str, folder: Path) -> None:
    ways: dict[str, Callable[[str, Path], object]] = {
        "Secondkey": back_up,
        "pg_dump -Fc -Z zstd": bare,
        "the usual script": usual_script,
    }
    size = database_size(dsn)
    before = peak_memory()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            times[name].append(seconds(lambda way=way: way(dsn, folder / "archive.dump")))  # type: ignore[misc]
            (folder / "archive.dump").unlink()
    ours = median(times["Secondkey"])
    print(f"a database of {wording.size(size)}, medians of {TURNS}")
    for name, each in times.items():
        print(f"{name:20} {median(each):7.2f} s  ({', '.join(f'{one:.2f}' for one in each)})")
    print(f"ratio to pg_dump     {ours / median(times['pg_dump -Fc -Z zstd']):7.2f}  (at most 1.15)")
    print(f"ratio to the script  {ours / median(times['the usual script']):7.2f}  (at most 0.5)")
    print(f"our own memory       {(peak_memory() - before) / 1e6:7.1f} MB more  (less than 40)")


def back_up(dsn: str, path: Path) -> None:
    with open_snapshot(dsn, purpose="benchmark", keep_locks=True) as snapshot:
        snapshot.read_state(Questions())
        with archive.writing(path) as writer:
            dump.dump(
                embedded(),
                dsn,
                snapshot.id,
                writer.write,
                purpose="benchmark",
                compression=dump.choose_compression(embedded(), snapshot.identity.major),
                lock_wait=timedelta(seconds=30),
            )
        print(f"  {writer.sha256[:12]} {wording.size(writer.bytes)}", file=sys.stderr)


def bare(dsn: str, path: Path) -> None:
    run("pg_dump", "-Fc", "-Z", "zstd", "-f", path, "-d", dsn)


def usual_script(dsn: str, path: Path) -> None:
    run("pg_dump", "-Fc", "-f", path, "-d", dsn)
    programs.run(["sha256sum", path], timeout=LIMIT)
    run("pg_restore", "-l", path)


def run(program: str, *arguments: str | Path) -> None:
    done = programs.run([embedded().program(program), *arguments], timeout=LIMIT)
    if done.code != 0:
        raise SystemExit(done.stderr)


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def database_size(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def peak_memory() -> int:
    """The most that this process, not its programs, has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
