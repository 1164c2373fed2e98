"""`secondkey demo`: a database, the bot and a simulated Slack, started and stopped as one."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from bot.app import running_bot
from bot.config import load
from bot.demo import ports
from bot.demo.configuration import CONFIG, write_configuration
from bot.demo.database import DemoDatabase
from bot.demo.disasters import DISASTERS
from bot.demo.disasters import bring_about as happen
from bot.errors import CommandFailed, NotFound, SecondkeyError, UsageError
from bot.postgres import restore_test
from bot.postgres.server import make_passable
from bot.repository.files import write_atomically
from bot.service import log_to_standard_error, stopping
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.manifest import manifest
from bot.state_server import delete_state_server

#: What scripts read to join in: written last, removed first.
JOIN = "demo.json"
#: Says that the folder is a demo's, and is held while one runs.
LOCK = "demo.lock"
#: How long a disaster may take, in seconds.
PATIENCE = 120
#: The folders that the demo makes. They are made as soon as the folder is taken: what has one of these names
#: in a demo's folder is the demo's, and what else lies there is left alone by `--fresh`.
FOLDERS = ("backups", "database", "keys", "prisma", "secrets", "slack", "state")
#: Everything that the demo makes.
OWN = (*FOLDERS, CONFIG, JOIN)


def run(directory: Path, *, port: int, fresh: bool) -> None:
    """Run the demo until SIGINT or SIGTERM; what it made stays in its folder.

    Raises `SecondkeyError` where something is in the way, before anything was started, and `CommandFailed`
    when a part of the bot ended by itself.
    """
    directory = directory.absolute()
    faults: list[str] = []
    with _alone(directory), stopping() as stop:

        def fault(reason: str) -> None:
            faults.append(reason)
            stop.set()

        ports.refuse_taken(port, "end what uses it, or choose another: secondkey demo --port 8041")
        log_to_standard_error()
        if fresh:
            _forget(directory)
            _make_folders(directory)
        with _everything(directory, port, fault) as simulator:
            print(_welcome(simulator, directory), flush=True)  # noqa: T201 - it is for the person who started it
            stop.wait()
            print("stopping …", flush=True)  # noqa: T201
    if faults:
        raise CommandFailed(f"{faults[0]}; the demo ended", "start it again: it finds what it had")


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
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE):
            print(f"{kind}: it has happened. Now /verify")  # noqa: T201
    except HTTPError as refused:
        answer = json.load(refused)
        raise CommandFailed(answer["error"], answer["hint"]) from refused
    except OSError as away:
        raise CommandFailed(
            f"the demo in {directory} does not answer: {away}", "if it was killed, start it again"
        ) from away


@contextmanager
def _everything(directory: Path, port: int, fault: Callable[[str], None]) -> Iterator[Simulator]:
    """Database, simulated Slack, bot, and last of all demo.json; taken away in the reverse order."""
    with ExitStack() as parts:
        database = DemoDatabase(directory)
        parts.callback(database.stop)
        database.start()
        simulator = _simulator(directory, port, database)
        simulator.start()
        parts.callback(simulator.stop)
        config = write_configuration(directory, database, simulator)
        parts.enter_context(running_bot(load(config, {}, need_slack=True), fault))
        parts.enter_context(_joinable(directory, simulator, database, config))
        yield simulator


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
    """One demo in a folder at a time. A killed one's lock went with it; its demo.json goes now."""
    _take(directory)
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CLOEXEC)
    try:
        _hold(lock, directory)
        (directory / JOIN).unlink(missing_ok=True)
        yield
    finally:
        os.close(lock)


def _hold(lock: int, directory: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SecondkeyError(
            f"a demo already runs in {directory}",
            f"its page is named in {directory / JOIN}; Ctrl-C there ends it",
        ) from None


def _take(directory: Path) -> None:
    """Make the folder; refuse one that holds what could be taken for the demo's, and is not."""
    foreign = [name for name in OWN if (directory / name).exists()]
    if foreign and not (directory / LOCK).exists():
        raise SecondkeyError(
            f"{directory} is no demo's folder, and holds {', '.join(foreign)}",
            "name an empty folder, or a new one, with --directory",
        )
    try:
        make_passable(directory)
        (directory / LOCK).touch(mode=0o600)
        _make_folders(directory)
    except OSError as obstacle:
        raise SecondkeyError(
            f"{directory} cannot be used: {obstacle.strerror}", "name another folder with --directory"
        ) from obstacle


def _make_folders(directory: Path) -> None:
    """The server's account passes through those that hold a server."""
    for name in FOLDERS:
        if name in ("database", "state"):
            make_passable(directory / name)
        else:
            (directory / name).mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _joinable(directory: Path, simulator: Simulator, database: DemoDatabase, config: Path) -> Iterator[None]:
    """Write demo.json, whole and for us alone, while the block runs."""
    join = directory / JOIN
    content = {
        "page": simulator.url,
        "api": f"{simulator.url}/api/",
        "database": database.owner_dsn,
        "config": str(config),
    }
    write_atomically(join, (json.dumps(content, indent=2) + "\n").encode())
    try:
        yield
    finally:
        join.unlink(missing_ok=True)


def _forget(directory: Path) -> None:
    """Stop what still runs from before, and delete what the demo made. The folder is ours: see `_take`."""
    DemoDatabase(directory).delete()
    restore_test.clean_leftovers(directory / "state" / "scratch")
    delete_state_server(directory / "state")
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
  in a terminal  secondkey verify --config {directory / CONFIG}
                 secondkey demo disaster truncate --directory {directory}
  scripts        {directory / JOIN}

Ctrl-C ends it; starting again finds the same data, --fresh begins anew.
"""
