"""A PostgreSQL server of our own: the bot's state, the demo's database, throw-away clusters."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from bot import programs
from bot.errors import CommandFailed
from bot.postgres.connection import forget_defaults, own_conninfo
from bot.postgres.data import create_data
from bot.postgres.installation import Installation, of_major, readable_by
from bot.postgres.place import (
    PRIVATE,
    SOCKETS,
    Place,
    choose_place,
    known_place,
    remove_private,
    renew_sockets,
    write_whole,
)

#: How long a server may take to start or stop, in seconds.
PATIENCE = 60.0
_POLL = 0.02
#: What comes before the folder of the sockets on the server's command line.
_AT = "unix_socket_directories="
#: Lies in the data once it is whole.
_FINISHED = "secondkey.ready"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """One server in one directory; its superuser comes in over the socket only, from our own account."""

    def __init__(
        self,
        directory: Path,
        installation: Installation,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        durable: bool = True,
        may_be_lost: bool | None = None,
        superuser: str = "postgres",
    ) -> None:
        """What `may_be_lost` may lie in a temporary folder; unless told otherwise, what is not durable."""
        self.directory = directory.absolute()
        self.port = port
        self.superuser = superuser
        self._account = programs.unprivileged_account()
        self._installation = installation
        self._settings = dict(settings or {}) | ({} if durable else _FAST)
        self._durable = durable
        self._may_be_lost = not durable if may_be_lost is None else may_be_lost
        #: the server where we started it ourselves, and it was not stopped yet
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, or adopt it where it still runs; raises `CommandFailed` with its last words."""
        forget_defaults()
        if self._adopted():
            return
        self._bury()
        self._end_orphan()
        self._prepare()
        installation = readable_by(self._programs(), self._account)
        self._process = process = programs.spawn_server(
            [installation.program("postgres"), "-D", self.data, *self._options()],
            log=self.log,
            account=self._account,
            cwd=self.data,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(
                    f"the PostgreSQL server in {self.directory} did not start", self._last_words()
                )
            time.sleep(_POLL)

    def stop(self) -> None:
        """Stop the server, whoever started it, and whoever deleted its files; safe to repeat."""
        self._bury()
        if (pid := self._pid()) is not None:
            _end(pid)
        self._end_orphan()
        if (place := known_place(self.directory)) and place.sockets:
            remove_private(place.sockets, SOCKETS)

    def delete(self) -> None:
        """Stop the server and remove everything of it. A folder that never held a server is not ours."""
        self.stop()
        if place := known_place(self.directory):
            remove_private(place.data.parent, PRIVATE)
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def has_data(self) -> bool:
        """Whether it was ever made, and its data is still where it was put."""
        place = known_place(self.directory)
        return place is not None and (place.data / _FINISHED).exists()

    @property
    def running(self) -> bool:
        """Whether our server answers on our socket."""
        pid = self._pid()
        return pid is not None and self._answers(pid)

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """A connection string over the socket, of the superuser unless another role is named."""
        return own_conninfo(
            host=str(self.socket_directory),
            port=str(self._socket_port),
            user=user or self.superuser,
            dbname=database,
        )

    @property
    def data(self) -> Path:
        """Where its data lies; raises `CommandFailed` where it was never begun."""
        return self._place().data

    @property
    def socket_directory(self) -> Path:
        """Where its sockets lie; raises `CommandFailed` where it was never started."""
        sockets = self._place().sockets
        if sockets is None:
            raise CommandFailed(f"the PostgreSQL server in {self.directory} was never started")
        return sockets

    def settle(self) -> None:
        """Choose where its data lies, unless that was chosen before; `start` does it as well."""
        if known_place(self.directory) is None:
            choose_place(self.directory, self._account, may_be_lost=self._may_be_lost)

    @property
    def _cluster_name(self) -> str:
        """What the server's command line says of whose it is, wherever its data lies."""
        return f"secondkey-{hashlib.sha256(os.fsencode(self.directory.absolute())).hexdigest()[:16]}"

    @property
    def _socket_port(self) -> int:
        return self.port or 5432

    @property
    def log(self) -> Path:
        """The file with what the server says."""
        return self.directory / "server.log"

    def _place(self) -> Place:
        place = known_place(self.directory)
        if place is None:
            raise CommandFailed(f"there is no PostgreSQL server in {self.directory}")
        return place

    def _prepare(self) -> None:
        """Data and socket folders, the data made where that was never finished."""
        self.settle()
        place = self._place()
        if not self.has_data:
            if place.made:
                raise CommandFailed(
                    f"the data of the PostgreSQL server in {self.directory} is gone from {place.data}",
                    "put it back from a copy; to begin anew without it, move the server's folder away",
                )
            self._create()
        renew_sockets(self.directory, place, self._account)

    def _create(self) -> None:
        # Begun by us, and never finished.
        shutil.rmtree(self.data, ignore_errors=True)
        installation = readable_by(self._installation, self._account)
        create_data(self.data, installation, self._account, superuser=self.superuser, durable=self._durable)
        write_whole(self.data / _FINISHED, "")

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self._socket_port),
            _AT.removesuffix("="): str(self.socket_directory),
            "unix_socket_permissions": "0777" if self._account else "0700",
            "cluster_name": self._cluster_name,
            **self._settings,
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _programs(self) -> Installation:
        """What the data was written by decides, not what was asked for."""
        major = int((self.data / "PG_VERSION").read_text())
        return self._installation if self._installation.major == major else of_major(major)

    def _pid(self) -> int | None:
        """The process of our data's server; None where none runs."""
        place = known_place(self.directory)
        if place is None:
            return None
        try:
            pid = int((place.data / "postmaster.pid").read_text().splitlines()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ValueError, IndexError, ProcessLookupError):
            return None
        return pid if str(place.data).encode() in command.split(b"\0") else None

    def _adopted(self) -> bool:
        """Whether a server that runs already answers. One that comes up or goes down is waited for; one that
        does neither is ended."""
        deadline = time.monotonic() + PATIENCE / 4
        while (pid := self._pid()) is not None:
            if self._answers(pid):
                return True
            if time.monotonic() > deadline:
                _end(pid)
                break
            time.sleep(_POLL)
        return False

    def _bury(self) -> None:
        """End what we started ourselves, and reap it: until then a dead server's number guards the data."""
        if self._process is None:
            return
        if self._process.poll() is None:
            _end(self._process.pid)
        self._process.wait()
        self._process = None

    def _end_orphan(self) -> None:
        """End a server of this directory whose files somebody deleted while it ran."""
        if self._pid() is not None:
            return
        for pid, words in _commands(self._account.uid if self._account else os.geteuid()):
            if Path(words[0]).name != "postgres" or f"cluster_name={self._cluster_name}" not in words:
                continue
            _end(pid)
            data = Path(words[words.index("-D") + 1])
            if not self.has_data:
                remove_private(data.parent, PRIVATE)
            for sockets in (word.removeprefix(_AT) for word in words if word.startswith(_AT)):
                remove_private(Path(sockets), SOCKETS)

    def _answers(self, pid: int) -> bool:
        """Whether the process that answers on our socket is this one: a port can be somebody else's."""
        lines = self._pid_lines()
        if len(lines) < 8 or int(lines[0]) != pid or lines[7].strip() != "ready":
            return False
        try:
            with psycopg.connect(self.dsn(), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _last_words(self) -> str:
        if not self.log.exists():
            return ""
        return self.log.read_text(errors="replace")[-1000:].strip()


def _commands(uid: int) -> Iterator[tuple[int, list[str]]]:
    """Every process of this account that runs, with its command line."""
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or entry.stat().st_uid != uid:
                continue
            yield int(entry.name), os.fsdecode((entry / "cmdline").read_bytes()).split("\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue


def _end(pid: int) -> None:
    """End a server in order, and by force where that takes too long."""
    for how, patience in (
        (signal.SIGINT, PATIENCE / 4),
        (signal.SIGQUIT, PATIENCE / 4),
        (signal.SIGKILL, 5.0),
    ):
        if _gone(pid, how, patience):
            return


def _gone(pid: int, how: signal.Signals, patience: float) -> bool:
    """Send the signal and wait; True when the process is gone."""
    try:
        os.kill(pid, how)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _ended(pid):
                return True
            time.sleep(_POLL)
    except ProcessLookupError:
        return True
    return False


def _ended(pid: int) -> bool:
    """Whether the process is gone; a child of ours is reaped, so that it does not stay as a zombie.

    Somebody else's child may stay as one for long: not every first process of a container reaps.
    """
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return _state(pid) in ("Z", "")


def _state(pid: int) -> str:
    """The process's state as one letter; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
