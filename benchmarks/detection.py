"""How soon a loss stands in Slack: `python -m benchmarks.detection [TIMES] [TABLES]`.

Five ways to lose data, each on a database of its own with 1,000 tables, each 20 times at a random moment
between two looks: the whole bot at its default tick, and a simulated Slack over real HTTP. Measured from the
commit of what loses the data to the message in the channel.
"""

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import ProxyHandler, build_opener

import psycopg

from benchmarks.gate import plain
from benchmarks.verify import fill
from bot.app import running_bot
from bot.config import load
from bot.domain.operation import Operation, Progress
from bot.operations import accept
from bot.operations.services import Services
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.simulator.server import Simulator
from bot.simulator.workspace import Channel, Workspace, demo_workspace
from bot.slack.manifest import manifest
from bot.store import alerts, operations

TIMES, TABLES, ROWS, TICK = 20, 1000, 100, 10.0
#: A loss that is not in Slack within so many seconds was not noticed in time.
IN_TIME = 15.0
LIMIT, POLL = 60.0, 0.05
CONFIGURATION = """\
[slack]
api_url = "{api}"
channel = "ops"
bot_token_file = "bot-token"
app_token_file = "app-token"
[state]
directory = "state"
[repository]
url = "file://backups"
signing_key = "signing.key"
"""
DATABASE = """
[databases.{name}]
dsn = "{dsn}"
channel = "ops"
incidents = "{name}"
approvers = ["@dba"]
"""
HISTORY = """
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('2b7e');
"""
#: Nobody is left in a database that is renamed.
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('swapped', 'aside')"
_open = build_opener(ProxyHandler({})).open


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A way to lose data, and to bring it back; `{n}` is the number of the table."""

    name: str
    lose: str
    mend: str
    #: run from another database
    outside: bool = False


FILL = "INSERT INTO t{n} SELECT n, md5(n::text) FROM generate_series(1, 100) AS n"
LOSSES = (
    Loss(name="truncated", lose="TRUNCATE t{n}", mend=FILL),
    Loss(
        name="dropped",
        lose="DROP TABLE t{n}",
        mend="CREATE TABLE t{n} (id int PRIMARY KEY, word text, at timestamptz DEFAULT now());" + FILL,
    ),
    Loss(name="deleted", lose="DELETE FROM t{n}", mend=FILL),
    Loss(
        name="swapped",
        lose="ALTER DATABASE swapped RENAME TO aside; CREATE DATABASE swapped",
        mend="DROP DATABASE swapped (FORCE); ALTER DATABASE aside RENAME TO swapped",
        outside=True,
    ),
    Loss(
        name="emptied", lose="DELETE FROM alembic_version", mend="INSERT INTO alembic_version VALUES ('2b7e')"
    ),
)


def main(times: int = TIMES, tables: int = TABLES) -> None:
    with watched(tables) as (services, simulator, dsns), ThreadPoolExecutor(len(LOSSES)) as together:
        found = together.map(lambda loss: run(services, simulator, loss, dsns, times), LOSSES)
        show(times, tables, dict(zip((loss.name for loss in LOSSES), found, strict=True)))


@contextmanager
def watched(tables: int) -> Iterator[tuple[Services, Simulator, dict[str, str]]]:
    """A running bot, its Slack, and the databases that it watches over: one for each loss."""
    with tempfile.TemporaryDirectory() as folder, protected(Path(folder), tables) as dsns:
        simulator = Simulator(0, Path(folder) / "slack", workspace().with_manifest(manifest()))
        simulator.start()
        try:
            config = configured(Path(folder), simulator, dsns)
            with running_bot(load(config, os.environ, need_slack=True), print) as services:
                for loss in LOSSES:
                    finished(services, accept.request(services, loss.name, "", "cli:benchmark", "ops"))
                yield services, simulator, dsns
        finally:
            simulator.stop()


def workspace() -> Workspace:
    """Each database has a channel of its own: Slack takes one message a second and channel."""
    usual = demo_workspace()
    members = next(channel.members for channel in usual.channels if channel.name == "incidents")
    own = (
        Channel(id=f"C1000000{number}", name=loss.name, members=members) for number, loss in enumerate(LOSSES)
    )
    return replace(usual, channels=(*usual.channels, *own))


@contextmanager
def protected(folder: Path, tables: int) -> Iterator[dict[str, str]]:
    folder.chmod(0o711)
    server = Server(folder / "server", embedded(), durable=False)
    server.start()
    try:
        fill(server.dsn("template1"), tables, ROWS)
        with psycopg.connect(server.dsn("template1"), autocommit=True) as connection:
            connection.execute(HISTORY.encode())
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            for loss in LOSSES:
                connection.execute(f"CREATE DATABASE {loss.name}".encode())
            # What is swapped in is empty.
            connection.execute("ALTER DATABASE template1 IS_TEMPLATE false")
            connection.execute("ALTER DATABASE template1 RENAME TO filled")
            connection.execute("CREATE DATABASE template1 TEMPLATE template0")
        yield {loss.name: plain(server.dsn(loss.name)) for loss in LOSSES} | {"": plain(server.dsn())}
    finally:
        server.delete()


def configured(folder: Path, simulator: Simulator, dsns: dict[str, str]) -> Path:
    workspace = simulator.workspace
    for name, token in (("bot-token", workspace.bot_token), ("app-token", workspace.app_token)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(token)
    config = folder / "secondkey.toml"
    databases = (DATABASE.format(name=loss.name, dsn=dsns[loss.name]) for loss in LOSSES)
    config.write_text(CONFIGURATION.format(api=f"{simulator.url}/api/") + "".join(databases))
    return config


def finished(services: Services, asked: Operation) -> None:
    """Wait until it is done."""

    def done() -> bool:
        with services.store.transaction() as connection:
            return operations.load(connection, asked.id).progress is Progress.DONE

    if not until(done):
        raise SystemExit(f"{asked.kind} of {asked.database} did not come to an end")


def run(
    services: Services, simulator: Simulator, loss: Loss, dsns: dict[str, str], times: int
) -> list[float | None]:
    """The seconds until each is told; None for what is not."""
    return [once(services, simulator, loss, dsns, number) for number in range(times)]


def once(
    services: Services, simulator: Simulator, loss: Loss, dsns: dict[str, str], number: int
) -> float | None:
    time.sleep(random.uniform(0, TICK))  # noqa: S311
    known = told(simulator, loss)
    act(dsns["" if loss.outside else loss.name], loss, loss.lose, number)
    began = time.monotonic()
    noticed = until(lambda: told(simulator, loss) - known)
    took = time.monotonic() - began
    act(dsns["" if loss.outside else loss.name], loss, loss.mend, number)
    until(lambda: not cause_is_open(services, loss.name))
    forget(services, loss.name)
    return took if noticed else None


def act(dsn: str, loss: Loss, statements: str, number: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements.replace("{n}", str(number)).split(";"):
            if loss.outside:
                connection.execute(END)
            connection.execute(statement.encode())


def until(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + LIMIT
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def told(simulator: Simulator, loss: Loss) -> set[str]:
    """The alerts about a database that stand in its channel."""
    messages = read(simulator, f"messages?channel={loss.name}")
    return {each["ts"] for each in messages if each["text"].startswith(f"🔴 {loss.name}")}


def read(simulator: Simulator, path: str) -> list[dict[str, Any]]:
    """What people see in the simulated Slack."""
    with _open(f"{simulator.url}/simulator/{path}", timeout=20) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def cause_is_open(services: Services, name: str) -> bool:
    with services.store.transaction() as connection:
        return any(
            each.gone_at is None for each in alerts.all_open(connection) if each.cause.database == name
        )


def forget(services: Services, name: str) -> None:
    """As if it were over since long: what comes next is an alert of its own."""
    with services.store.transaction() as connection:
        over = "UPDATE alerts SET resolved_at = now() - interval '1 day' WHERE database = %s"
        connection.execute(over, (name,))


def show(times: int, tables: int, found: dict[str, list[float | None]]) -> None:
    print(f"{tables:,} tables, a look every {TICK:.0f} s; seconds from the commit to the message in Slack")
    for name, seconds in found.items():
        noticed = [each for each in seconds if each is not None]
        in_time = sum(each <= IN_TIME for each in noticed)
        print(
            f"{name:10} {in_time:3} of {times} within {IN_TIME:.0f} s; "
            f"median {median(noticed):5.1f}, worst {max(noticed):5.1f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
