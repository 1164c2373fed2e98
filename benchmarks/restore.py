"""What a restore costs and how long clients stand outside: `python -m benchmarks.restore [MEGABYTES]`.

Targets: with ten clients that reconnect at once, the worst gap at the swap is under 250 ms and at least 50
times shorter than `pg_restore --clean` in place on the same data; restoring beside takes at most 1.05 times
the bare `pg_restore -j`; and with a prepared copy less than 5 s pass from the deciding reaction to verified
and open again.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from threading import Event
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.backup import TABLES, TURNS, database_size, fill, run, seconds
from bot import wording
from bot.postgres.candidate import JOBS, Source, restore_beside
from bot.postgres.installation import embedded
from bot.postgres.lease import hold
from bot.postgres.naming import names_for_restore
from bot.postgres.server import Server
from bot.postgres.swap import drop
from bot.postgres.tables import quoted
from tests import servers
from tests.operations.nights import Night, a_night

CLIENTS = 10
#: What each asks again and again, and how long it waits before, in seconds.
QUESTION = 'SELECT id FROM "Invoice" LIMIT 1'
PAUSE = 0.01
IN_PLACE = "in_place"


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds, one of each a turn."""

    gap: list[float] = field(default_factory=list)
    gap_in_place: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    from_decision: list[float] = field(default_factory=list)


def main(megabytes: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as opened:
        folder = Path(name)
        protected, own = _server(opened, folder / "protected"), _server(opened, folder / "own")
        with psycopg.connect(own.dsn(), autocommit=True) as connection:
            connection.execute("CREATE ROLE secondkey SUPERUSER LOGIN PASSWORD 'secondkey'")
        night = opened.enter_context(a_night(protected, own, folder))
        _fill(night, megabytes)
        size, times = database_size(night.live.dsn), Times()
        source = _source(night)
        for _ in range(TURNS):
            _turn(night, source, times)
        _tell(size, times)


def _server(opened: ExitStack, directory: Path) -> Server:
    server = Server(directory, embedded(), port=servers.free_port(), durable=False)
    server.start()
    opened.callback(server.delete)
    return server


def _fill(night: Night, megabytes: int) -> None:
    night.live.execute('DROP TABLE "User"')
    fill(night.live.dsn, megabytes)
    for table in TABLES:
        night.live.execute(f'ALTER TABLE "{table}" OWNER TO {quoted(night.place.owner)}')


def _source(night: Night) -> Source:
    """The newest backup of an adopted database, proven good."""
    backup = night.protect()
    archive = night.services.repository.verify_archive(backup)
    return Source(archive=archive, manifest=backup.manifest, programs=embedded())


def _turn(night: Night, source: Source, times: Times) -> None:
    times.beside.append(_beside(night, source))
    night.place.superuser(f"CREATE DATABASE {IN_PLACE}")
    dsn = make_conninfo(night.live.dsn, dbname=IN_PLACE)
    times.bare.append(seconds(lambda: run("pg_restore", f"-j{JOBS}", "-d", dsn, source.archive)))
    with asking(make_conninfo(night.place.dsn, dbname=IN_PLACE)) as clients:
        run("pg_restore", "--clean", "--if-exists", "--single-transaction", "-d", dsn, source.archive)
    times.gap_in_place.append(clients.worst)
    night.place.superuser(f"DROP DATABASE {IN_PLACE} WITH (FORCE)")

    request = night.ask()
    with asking(night.place.dsn) as clients:
        began = time.perf_counter()
        night.approve(request)
        if (error := night.carry_out(request)) is not None:
            raise error
        times.from_decision.append(time.perf_counter() - began)
    times.gap.append(clients.worst)
    night.place.superuser(f"DROP DATABASE {quoted(night.names_of(request).aside)} WITH (FORCE)")


def _beside(night: Night, source: Source) -> float:
    operation = f"op-{uuid4().hex[:8]}"
    names = names_for_restore(night.live.name, operation)
    with hold(night.place.dsn, purpose=f"{operation}/benchmark") as lease:
        made = restore_beside(lease, names, source)
        drop(lease, names.candidate, made.oid)
    return made.seconds


@dataclass
class Clients:
    #: the longest time between two answers to one of them, in seconds; known when they have ended
    worst: float = 0.0


@contextmanager
def asking(dsn: str) -> Iterator[Clients]:
    """Clients at work as long as the block lasts, in a process of their own."""
    apart = get_context("spawn")
    ours, theirs = apart.Pipe()
    process, clients = apart.Process(target=_clients, args=(dsn, theirs)), Clients()
    process.start()
    ours.recv()
    try:
        yield clients
    finally:
        ours.send("end")
        clients.worst = ours.recv()
        process.join()


def _clients(dsn: str, told: Connection) -> None:
    """They ask, and come back at once when they are thrown out."""
    ended = Event()
    with ThreadPoolExecutor(CLIENTS) as threads:
        gaps = [threads.submit(_ask, dsn, ended) for _ in range(CLIENTS)]
        told.send("at work")
        told.recv()
        ended.set()
    told.send(max(gap.result() for gap in gaps))


def _ask(dsn: str, ended: Event) -> float:
    worst, answered = 0.0, time.perf_counter()
    while not ended.is_set():
        with suppress(psycopg.Error), psycopg.connect(dsn, autocommit=True) as connection:
            while not ended.wait(PAUSE):
                if connection.execute(QUESTION).fetchone() is not None:
                    now = time.perf_counter()
                    worst, answered = max(worst, now - answered), now
    return worst


def _tell(size: int, times: Times) -> None:
    print(f"a database of {wording.size(size)}, {CLIENTS} clients, medians of {TURNS}")
    for name, each in (
        ("worst gap at the swap", times.gap),
        ("worst gap in place", times.gap_in_place),
        ("restore beside", times.beside),
        (f"pg_restore -j{JOBS}", times.bare),
        ("decided to open again", times.from_decision),
    ):
        print(f"{name:22} {median(each):7.3f} s  ({', '.join(f'{one:.3f}' for one in each)})")
    print(f"gap, of 250 ms         {median(times.gap) * 1000:7.0f} ms  (less than 250)")
    print(f"gap, times shorter     {median(times.gap_in_place) / median(times.gap):7.1f}  (at least 50)")
    print(f"beside, of the bare    {median(times.beside) / median(times.bare):7.2f}  (at most 1.05)")
    print(f"decided to open again  {median(times.from_decision):7.2f} s  (less than 5)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
