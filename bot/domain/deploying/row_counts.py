"""Rows of the tables before and after each of the last releases: what the report's chart shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import wording
from bot.domain.state import State

#: Of each deployment so many tables are remembered: the largest.
REMEMBERED = 50
#: So many releases and tables are shown.
RELEASES, LINES = 12, 6

#: Table → rows; None where they could not be counted. A table that was not there is not in it.
Counts = Mapping[str, int | None]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one release found, and what it left."""

    release: str
    before: Counts
    after: Counts


@dataclass(frozen=True, kw_only=True)
class Fall:
    table: str
    release: str
    before: int
    after: int

    @property
    def share(self) -> float:
        """How much of it went, from 0 to 1."""
        return 1 - self.after / self.before


@dataclass(frozen=True, kw_only=True)
class Line:
    """One table: its rows before and after each release, two numbers for each; None where not known."""

    table: str
    rows: tuple[int | None, ...]

    @property
    def highest(self) -> int:
        return max((rows for rows in self.rows if rows is not None), default=0)

    @property
    def last(self) -> tuple[int | None, int | None]:
        """Before and after the newest release."""
        return self.rows[-2], self.rows[-1]


@dataclass(frozen=True, kw_only=True)
class RowsOverReleases:
    database: str
    #: the oldest first
    releases: tuple[str, ...]
    #: the fullest table first
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        return f"rows of {self.database} over the last {wording.plural(len(self.releases), 'deployment')}"

    @property
    def words(self) -> str:
        """The same for whoever cannot see the picture: the worst table, and what each holds now."""
        falls = [fall for line in self.lines if (fall := worst_fall(line, self.releases))]
        worst = max(falls, key=lambda fall: fall.share, default=None)
        fell = (
            f"{worst.table} fell from {worst.before:,} to {worst.after:,} in {worst.release}"
            if worst
            else "no table fell in any of them"
        )
        now = ", ".join(f"{line.table} {figure(line.last[1])}" for line in self.lines)
        return f"R{self.title[1:]}: {fell}. After {self.releases[-1]}: {now}."


def counted(before: State, after: State) -> dict[str, Counts]:
    """`before` and `after`, each with the rows of the same tables: those that are largest in either."""
    sides = {
        name: {table.name.short: table.rows for table in state.holders}
        for name, state in (("before", before), ("after", after))
    }
    tables = {table for counts in sides.values() for table in counts}
    largest = sorted(
        tables, key=lambda table: (-max(counts.get(table) or 0 for counts in sides.values()), table)
    )
    kept = frozenset(largest[:REMEMBERED])
    return {
        name: {table: rows for table, rows in counts.items() if table in kept}
        for name, counts in sides.items()
    }


def over_releases(database: str, steps: Sequence[Step]) -> RowsOverReleases:
    """The last releases, the oldest first; the tables that lost most, and then the largest."""
    shown = steps[-RELEASES:]
    releases = tuple(step.release for step in shown)
    tables = sorted({table for step in shown for table in (*step.before, *step.after)})
    lines = [Line(table=table, rows=tuple(_rows(table, shown))) for table in tables]
    known = [line for line in lines if any(rows is not None for rows in line.rows)]
    chosen = sorted(known, key=lambda line: (_lost(line, releases), line.highest), reverse=True)[:LINES]
    return RowsOverReleases(
        database=database,
        releases=releases,
        lines=tuple(sorted(chosen, key=lambda line: line.highest, reverse=True)),
    )


def worst_fall(line: Line, releases: Sequence[str]) -> Fall | None:
    """The release in which the table lost the largest part of its rows; None where it never did."""
    falls = [
        Fall(table=line.table, release=release, before=before, after=after)
        for release, before, after in zip(releases, line.rows[::2], line.rows[1::2], strict=True)
        if before is not None and after is not None and after < before
    ]
    return max(falls, key=lambda fall: fall.share, default=None)


def figure(rows: int | None) -> str:
    return "?" if rows is None else wording.count(rows)


def _lost(line: Line, releases: Sequence[str]) -> float:
    fall = worst_fall(line, releases)
    return fall.share if fall else 0.0


def _rows(table: str, steps: Sequence[Step]) -> list[int | None]:
    """A table that is on one side only was made or dropped; what is on neither was not remembered."""
    found: list[int | None] = []
    for step in steps:
        known = table in step.before or table in step.after
        found += [step.before.get(table, 0), step.after.get(table, 0)] if known else [None, None]
    return found
