"""What a restore costs, and how long nobody gets in: `python -m benchmarks.restore [MEGABYTES]`.

The restore beside against a bare `pg_restore -j` of the same archive; the swap, with clients that reconnect
at once, against `pg_restore --clean` in place. Targets: at most 1.05 times as long; a worst gap under 250 ms,
and at least 50 times shorter.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.backup import TURNS, bare, fill, run, seconds
from bot import wording
from bot.domain.backup import Archive, Health, Kind, Manifest, Tools
from bot.postgres.candidate import JOBS, Source, restore_beside
from bot.postgres.fence import put_up
from bot.postgres.installation import embedded
from bot.postgres.last_look import last_look
from bot.postgres.lease import hold
from bot.postgres.naming import Names, names_for_restore
from bot.postgres.server import Server
from bot.postgres.stage import present
from bot.postgres.state import Questions, open_snapshot
from bot.postgres.swap import drop, swap

CLIENTS = 10
LIVE, OWNER, BOT = "ledger", "app", "bot"
ROLES = (
    f"CREATE ROLE {OWNER} LOGIN IN ROLE pg_checkpoint",
    f"CREATE ROLE {BOT} LOGIN CREATEDB IN ROLE {OWNER}, pg_read_all_data, pg_signal_backend",
    f"CREATE DATABASE {LIVE} OWNER {OWNER}",
)


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A database with its backup, and the login that restores it."""

    server: Server
    source: Source

    @property
    def owner(self) -> str:
        return plain(self.server.dsn(LIVE, OWNER))

    @property
    def bot(self) -> str:
        return plain(self.server.dsn(LIVE, BOT))


def plain(dsn: str) -> str:
    """As people write it for a server of theirs."""
    options = conninfo_to_dict(dsn)
    return make_conninfo(**{name: str(options[name]) for name in ("host", "port", "user", "dbname")})


def main(megabytes: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", embedded(), may_be_lost=True)
        server.start()
        try:
            compare(prepare(server, Path(folder) / "archive.dump", megabytes))
        finally:
            server.delete()


def prepare(server: Server, path: Path, megabytes: int) -> Ledger:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for statement in ROLES:
            connection.execute(statement.encode())
    dsn = plain(server.dsn(LIVE, OWNER))
    fill(dsn, megabytes)
    with open_snapshot(server.dsn(LIVE), purpose="benchmark") as snapshot:
        manifest = Manifest(
            id="B-20251008-191204-abcd", database=LIVE, kind=Kind.MANUAL, reason="", requested_by="",
            release=None, created_at=datetime.now(UTC), seconds=0.0, state=snapshot.read_state(Questions()),
            properties=snapshot.read_properties(), roles=snapshot.read_roles(),
            archive=Archive(bytes=0, sha256="", compression="zstd"), health=Health.HEALTHY,
            tools=Tools(pg_dump=embedded().version, server=snapshot.identity.server_version, secondkey=""),
        )  # fmt: skip
    bare(dsn, path)
    return Ledger(server=server, source=Source(archive=path, manifest=manifest, programs=embedded()))


def compare(ledger: Ledger) -> None:
    ways: dict[str, Callable[[Ledger, int], float]] = {
        "restore beside": beside,
        "pg_restore -j": bare_restore,
        "swap, worst gap": swap_gap,
        "in place, worst gap": in_place_gap,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(TURNS):
        for name, way in ways.items():
            times[name].append(way(ledger, turn))
    size = ledger.source.manifest.state.size_bytes
    print(f"a database of {wording.size(size)}, {CLIENTS} clients, medians of {TURNS}")
    for name, each in times.items():
        print(f"{name:20} {median(each):7.3f} s  ({', '.join(f'{one:.3f}' for one in each)})")
    found = [median(each) for each in times.values()]
    print(f"beside to bare       {found[0] / found[1]:7.2f}  (at most 1.05)")
    print(f"in place to swap     {found[3] / found[2]:7.1f}  (at least 50)")


def names(turn: int) -> Names:
    return names_for_restore(LIVE, f"op-{turn:08d}")


def beside(ledger: Ledger, turn: int) -> float:
    """The restore alone, as `pg_restore` is timed; the copy stays for the swap."""
    with hold(ledger.bot, purpose=f"op-{turn:08d}/benchmark") as lease:
        return restore_beside(lease, names(turn), ledger.source).seconds


def bare_restore(ledger: Ledger, _turn: int) -> float:
    with psycopg.connect(ledger.server.dsn(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bare")
        connection.execute(f"CREATE DATABASE bare OWNER {OWNER} TEMPLATE template0".encode())
    dsn = plain(ledger.server.dsn("bare", BOT))
    return seconds(lambda: run("pg_restore", f"-j{JOBS}", "-d", dsn, ledger.source.archive))


def swap_gap(ledger: Ledger, turn: int) -> float:
    made = names(turn)
    with hold(ledger.bot, purpose=f"op-{turn:08d}/benchmark") as lease, clients(ledger) as gap:
        there = {name: found.oid for name, found in present(lease.connection, [LIVE, made.candidate]).items()}
        with last_look(lease, made) as look:
            look.read_ahead(Questions())
            put_up(lease, [LIVE, made.candidate], spare=look.pids)
            look.read_live(Questions())
            look.raise_sequences()
        swap(lease, made, live_oid=there[LIVE], candidate_oid=there[made.candidate])
        time.sleep(0.5)
    with hold(ledger.bot, purpose=f"op-{turn:08d}/after") as lease:
        drop(lease, made.aside, there[LIVE])
    return max(gap)


def in_place_gap(ledger: Ledger, _turn: int) -> float:
    with clients(ledger) as gap:
        run("pg_restore", "--clean", "--if-exists", "-1", "-d", ledger.owner, ledger.source.archive)
        time.sleep(0.5)
    return max(gap)


@contextmanager
def clients(ledger: Ledger) -> Iterator[list[float]]:
    """Clients that read all the time and reconnect at once; each one's longest time without an answer."""
    gaps, over = [0.0] * CLIENTS, threading.Event()
    threads = [threading.Thread(target=_client, args=(ledger, gaps, n, over)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    yield gaps
    over.set()
    for thread in threads:
        thread.join()


def _client(ledger: Ledger, gaps: list[float], number: int, over: threading.Event) -> None:
    answered = time.perf_counter()
    while not over.is_set():
        with suppress(psycopg.Error), psycopg.connect(ledger.owner, autocommit=True) as connection:
            while not over.is_set():
                connection.execute('SELECT id FROM "User" LIMIT 1').fetchone()
                now = time.perf_counter()
                gaps[number], answered = max(gaps[number], now - answered), now
                time.sleep(0.002)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
