"""Migration histories: one shape for every tool, and what the release's folder makes of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Tool(StrEnum):
    """The tools whose histories and folders can be read."""

    PRISMA = "prisma"
    ALEMBIC = "alembic"
    DJANGO = "django"
    FLYWAY = "flyway"


class MigrationState(StrEnum):
    APPLIED = "applied"
    FAILED = "failed"
    RUNNING = "running"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, kw_only=True)
class Migration:
    """A migration as the database's history has it."""

    name: str
    #: as the tool writes it: Prisma's sha256 in lower case, Flyway's signed CRC32; None where it keeps none
    checksum: str | None
    state: MigrationState
    #: None where the tool keeps no moment, or it did not succeed
    applied_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class History:
    """A database's history, in the order in which it was applied.

    `present` is False where the history's table is missing. `problem` says why it could not be read, and
    `cure` what to do about it.
    """

    tool: str
    #: the history's table, as people name it: `public._prisma_migrations`
    table: str
    present: bool
    migrations: tuple[Migration, ...] = ()
    #: the tool keeps the newest migration of each branch alone: all before it count as applied
    heads_only: bool = False
    problem: str = ""
    cure: str = ""

    @property
    def schema(self) -> str:
        return self.table.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class ReleaseMigration:
    """A migration as the release's folder has it."""

    name: str
    #: those that count as unedited (LF, CRLF); empty where the tool keeps none
    checksums: frozenset[str]
    #: what must be applied before it; None where the order of the release alone decides
    after: tuple[str, ...] | None = None
    #: the migrations that this one was made of: where they are applied, it is
    replaces: tuple[str, ...] = ()
    #: applied again whenever its file has changed
    repeatable: bool = False
    #: of its file, relative to the folder
    path: str = ""
    #: what its file holds; None where nobody read it
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Release:
    """The migrations folder of a release, in the order in which they would be applied.

    `problem` says why it cannot be read, and `cure` what to do about it.
    """

    directory: str
    #: empty where it is not known
    tool: str = ""
    migrations: tuple[ReleaseMigration, ...] = ()
    problem: str = ""
    cure: str = ""

    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.migrations)

    def should_have(self, name: str) -> bool:
        """Whether a migration of that name would lie in this folder, had the release it.

        Django's other applications lie with their packages, and Flyway's migrations in Java with the code.
        """
        match self.tool:
            case Tool.DJANGO:
                return name.partition(".")[0] in {each.partition(".")[0] for each in self.names()}
            case Tool.FLYWAY:
                return name.endswith(".sql")
            case _:
                return True

    def mismatch(self, history: History) -> str:
        """Why the two cannot be compared; empty where they can."""
        if self.tool and self.tool != history.tool:
            return f"holds migrations of {self.tool}, and the database's history is {history.tool}'s"
        return ""

    def before(self, names: frozenset[str]) -> frozenset[str]:
        """All that must be applied before these; those themselves only where another needs them."""
        found: set[str] = set()
        wanted = list(names)
        direct = self._directly_before()
        while wanted:
            new = direct.get(wanted.pop(), frozenset()) - found
            found |= new
            wanted += new
        return frozenset(found)

    def _directly_before(self) -> dict[str, frozenset[str]]:
        names = self.names()
        return {
            each.name: frozenset(names[max(place - 1, 0) : place] if each.after is None else each.after)
            for place, each in enumerate(self.migrations)
        }
