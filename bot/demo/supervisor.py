"""`secondkey demo`: a database, the bot and a simulated Slack, started and stopped as one."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from bot.app import running_bot
from bot.config import load
from bot.demo import ports
from bot.demo.configuration import write_configuration
from bot.demo.database import DemoDatabase
from bot.demo.disasters import DISASTERS
from bot.demo.disasters import bring_about as happen
from bot.demo.folder import CONFIG, JOIN, OWN, make_folders
from bot.errors import CommandFailed, NotFound, UsageError
from bot.postgres import restore_test
from bot.repository.files import write_atomically
from bot.service import log_to_standard_error, stopping
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.manifest import manifest
from bot.state_server import delete_state_server, settle_demo_state

#: How long a disaster may take, in seconds.
PATIENCE = 120


def run(directory: Path, *, port: int, fresh: bool) -> None:
    """Run the demo in a folder that is ours `alone`, until SIGINT, SIGTERM or SIGHUP; what it made stays.

    Raises `SecondkeyError` where something is in the way, before anything was started, and `CommandFailed`
    when a part of the bot ended by itself.
    """
    faults: list[str] = []
    with stopping() as stop:

        def fault(reason: str) -> None:
            faults.append(reason)
            stop.set()

        ports.refuse_taken(port, "end what uses it, or choose another: secondkey demo --port 8041")
        log_to_standard_error()
        if fresh:
            _forget(directory)
            make_folders(directory)
        with ExitStack() as parts:
            database = parts.enter_context(_running(DemoDatabase(directory)))
            if not stop.is_set():
                simulator = parts.enter_context(_bot(directory, port, database, fault))
                print(_welcome(simulator, directory), flush=True)  # noqa: T201 - for the person who started it
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
            print(f"{kind}: it has happened: the alert is on its way, `/verify` tells at once")  # noqa: T201
    except HTTPError as refused:
        answer = json.load(refused)
        raise CommandFailed(answer["error"], answer["hint"]) from refused
    except OSError as away:
        raise CommandFailed(
            f"the demo in {directory} does not answer: {away}", "if it was killed, start it again"
        ) from away


@contextmanager
def _running(database: DemoDatabase) -> Iterator[DemoDatabase]:
    try:
        database.start()
        yield database
    finally:
        database.stop()


@contextmanager
def _bot(
    directory: Path, port: int, database: DemoDatabase, fault: Callable[[str], None]
) -> Iterator[Simulator]:
    """Simulated Slack, bot, and last of all demo.json; taken away in the reverse order."""
    with ExitStack() as parts:
        simulator = _simulator(directory, port, database)
        simulator.start()
        parts.callback(simulator.stop)
        config = write_configuration(directory, database, simulator)
        settle_demo_state(directory / "state")
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
    """Stop what still runs from before, and delete what the demo made. The folder is ours: see `alone`."""
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

  in the page    /verify, then accept; /backup before the release; then a disaster: it is noticed;
                 /restore projectledger REASON; act as another member of @dba, and tap ✅;
                 /incident close REASON
  in a terminal  secondkey verify --config {directory / CONFIG}
                 secondkey demo disaster truncate --directory {directory}
  scripts        {directory / JOIN}

Ctrl-C ends it; starting again finds the same data, --fresh begins anew.
"""
