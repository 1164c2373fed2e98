"""When one person may say that a database is the right one, and when it takes a second key."""

from collections.abc import Iterator, Sequence

from bot import wording
from bot.domain.backup import Backup, Health
from bot.domain.counts import change
from bot.domain.lineage import may_go, volatile
from bot.domain.observation import Rules
from bot.domain.state import Baseline, State
from bot.errors import Refused


def refuse_unless_one_person_may(
    before: Baseline | None,
    state: State,
    known: Sequence[Backup],
    rules: Rules = Rules(),
    unreadable: Sequence[str] = (),
) -> None:
    """Raise `Refused` where accepting this state would lower what is protected.

    `before` is the baseline in force, `known` are the database's backups, and `unreadable` the ids of those
    that cannot be trusted. A first accept lowers nothing, unless a backup was already judged by a baseline,
    or may have been: then that baseline was lost, not never there.
    """
    lowered = list(_lost_baseline(known, unreadable) if before is None else _lowered(before, state, rules))
    if lowered:
        raise Refused(
            "second-key-needed",
            "accepting this would lower what is protected, and a second person must approve that: "
            f"{wording.listed(lowered)}",
            f"accept cannot ask for that approval yet; nothing was pinned: until then {_meanwhile(before)}",
        )


def _meanwhile(before: Baseline | None) -> str:
    if before is not None:
        return "`/verify` compares with what is pinned already"
    return (
        "nothing is pinned, and `/verify` says baseline.missing; where the bot's own state was lost, put it "
        "back from its backup"
    )


def _lost_baseline(known: Sequence[Backup], unreadable: Sequence[str]) -> Iterator[str]:
    judged = [backup for backup in known if backup.proof.health is not Health.UNKNOWN]
    if judged:
        yield (
            f"the backup {judged[0].id} was judged by a baseline that is no longer there, "
            "so that this is not the first one"
        )
    elif unreadable:
        yield (
            f"the backup {unreadable[0]} cannot be trusted, so that nobody can say whether a baseline was "
            "there before; where that is known, its files may be moved out of the repository"
        )


def _lowered(before: Baseline, state: State, rules: Rules) -> Iterator[str]:
    """What the pin says first, then the tables, those that lost most first."""
    yield from _pin(before, state)
    lost = sorted(_lost(before, state, rules), key=lambda each: -each[0])
    yield from (told for _, told in lost)


def _lost(before: Baseline, state: State, rules: Rules) -> Iterator[tuple[int, str]]:
    """How many rows fewer a table has, and in words."""
    present = {table.name: table for table in state.tables}
    known = {table.name: table for table in before.state.tables}
    expected = before.expected_rows()
    for name, table in known.items():
        if name not in present:
            if not may_go(table, known, present, rules):
                yield expected.get(name, 0), f"{name.short} is gone"
            continue
        rows = present[name].rows or 0
        if rows < expected.get(name, 0) and not volatile(name, present, rules):
            yield expected[name] - rows, f"{name.short} {change(expected[name], rows)}"


def _pin(before: Baseline, state: State) -> Iterator[str]:
    pinned, found = before.state.identity, state.identity
    if found.system_identifier != pinned.system_identifier:
        yield f"another server, {found.system_identifier} instead of {pinned.system_identifier}"
    elif found.database_oid != pinned.database_oid:
        yield f"another database, oid {found.database_oid} instead of {pinned.database_oid}"
    if found.database_name != pinned.database_name:
        yield f"another name, {found.database_name} instead of {pinned.database_name}"
    if pinned.marker is not None and found.marker != pinned.marker:
        yield "its marker is gone" if found.marker is None else "its marker is another one"
