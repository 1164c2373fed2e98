"""`secondkey demo`: a database, the bot and a simulated Slack, started and stopped as one."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from bot.app import running_bot
from bot.config import load
from bot.demo.configuration import write_configuration
from bot.demo.database import DemoDatabase
from bot.demo.disasters import DISASTERS
from bot.demo.disasters import bring_about as happen
from bot.errors import CommandFailed, NotFound, SecondkeyError, UsageError
from bot.service import log_to_standard_error, stopping
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.manifest import manifest
from bot.state_server import stop_state_server

#: What scripts read to join in: written last, removed first.
JOIN = "demo.json"
#: Everything that the demo makes; whatever else lies in the folder is left alone by `--fresh`.
OWN = ("database", "state", "backups", "keys", "slack", "scratch", "prisma", "secondkey.toml", "secrets")


def run(directory: Path, *, port: int, fresh: bool) -> None:
    """Run the demo until SIGINT or SIGTERM; what it made stays in its folder."""
    directory = directory.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_to_standard_error()
    with _alone(directory), stopping() as stop, ExitStack() as parts:
        if fresh:
            _forget(directory)
        database = DemoDatabase(directory / "database")
        database.start()
        parts.callback(database.stop)
        simulator = _simulator(directory, port, database)
        simulator.start()
        parts.callback(simulator.stop)
        config = write_configuration(directory, database, simulator)
        settings = load(config, {}, need_slack=True)
        parts.enter_context(running_bot(settings, lambda _reason: stop.set()))
        parts.enter_context(_joinable(directory, simulator, database, config))
        print(_welcome(simulator, directory), flush=True)  # noqa: T201 - it is for the person who started it
        stop.wait()
        print("stopping …", flush=True)  # noqa: T201


def bring_about(directory: Path, kind: str) -> None:
    """Ask the running demo for a disaster, and wait until it has happened."""
    if kind not in DISASTERS:
        raise UsageError(f"there is no disaster {kind!r}", f"there are: {', '.join(DISASTERS)}")
    join = directory / JOIN
    if not join.exists():
        raise NotFound(f"no demo runs in {directory}", "start it first: secondkey demo")
    page = json.loads(join.read_text())["page"]
    request = Request(  # noqa: S310 - the address is the demo's own
        f"{page}/simulator/disaster",
        data=json.dumps({"kind": kind}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=120):
            print(f"{kind}: it has happened. Now /verify")  # noqa: T201
    except HTTPError as refused:
        answer = json.loads(refused.read())
        raise CommandFailed(answer.get("error", str(refused)), answer.get("hint", "")) from refused
    except URLError as away:
        raise CommandFailed(
            f"the demo in {directory} does not answer", "it was killed: start it again"
        ) from away


def _simulator(directory: Path, port: int, database: DemoDatabase) -> Simulator:
    return Simulator(
        port,
        directory / "slack",
        demo_workspace().with_manifest(manifest()),
        disasters=lambda kind: happen(kind, database),
        disaster_kinds=tuple(DISASTERS),
    )


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One demo in a folder at a time; a killed one's lock goes with it."""
    lock = os.open(directory / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SecondkeyError(
            f"a demo already runs in {directory}", f"its page is in {directory / JOIN}; Ctrl-C there ends it"
        ) from None
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _joinable(directory: Path, simulator: Simulator, database: DemoDatabase, config: Path) -> Iterator[None]:
    """Write demo.json, whole and for us alone, while the block runs."""
    join = directory / JOIN
    partial = directory / f"{JOIN}.partial"
    content = {
        "page": simulator.url,
        "api": f"{simulator.url}/api/",
        "database": database.owner_dsn,
        "config": str(config),
    }
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.rename(join)
    try:
        yield
    finally:
        join.unlink(missing_ok=True)


def _forget(directory: Path) -> None:
    """Stop what still runs from before, and delete what the demo made."""
    DemoDatabase(directory / "database").delete()
    stop_state_server(directory / "state")
    for name in OWN:
        path = directory / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _welcome(simulator: Simulator, directory: Path) -> str:
    return f"""
Secondkey's demo is ready: {simulator.url}

  in the page    /verify, then accept; /backup before the release; then a disaster, and /verify again
  in a terminal  secondkey verify --config {directory / "secondkey.toml"}
                 secondkey demo disaster truncate --directory {directory}
  scripts        {directory / JOIN}

Ctrl-C ends it; starting again finds the same data, --fresh begins anew.
"""
