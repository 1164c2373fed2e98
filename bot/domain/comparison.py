"""A restored copy against the manifest: what differs, in words for people."""

from collections.abc import Iterator

from bot import wording
from bot.domain.migrations import History, Migration, MigrationState
from bot.domain.state import Sequence, State, Table


def differences(manifest: State, restored: State) -> tuple[str, ...]:
    """Every difference in tables, rows, columns, sequences, extensions and migration history; none is good.

    Not compared: what could not be read when the backup was made (`not_compared` tells), rows of materialized
    views (restoring refreshes them), versions of extensions (the copy has those of its own server), and what
    no state holds, such as event triggers.
    """
    return (
        *_tables(manifest, restored),
        *_sequences(manifest, restored),
        *_extensions(manifest, restored),
        *_history(manifest.history, restored.history),
    )


def not_compared(manifest: State) -> str:
    """What could not be read when the backup was made, so that no copy can be compared in it."""
    tables = [table.name.short for table in manifest.holders if table.rows is None]
    sequences = [sequence.name.short for sequence in manifest.sequences if sequence.problem]
    unread = ((tables, "table", "counted"), (sequences, "sequence", "read"))
    return "; ".join(_unread(names, what, read) for names, what, read in unread if names)


def _unread(names: list[str], what: str, read: str) -> str:
    were = "was" if len(names) == 1 else "were"
    told = f"{wording.plural(len(names), what)} {were} not {read} when it was made"
    return f"{told}: {wording.listed(names)}"


def _tables(manifest: State, restored: State) -> Iterator[str]:
    copies = {table.name: table for table in restored.tables}
    for table in manifest.tables:
        copy = copies.pop(table.name, None)
        if copy is None:
            yield f"table {table.name.short} is missing"
        else:
            yield from _table(table, copy)
    for name in copies:
        yield f"table {name.short} is there and not in the manifest"


def _table(table: Table, copy: Table) -> Iterator[str]:
    name = table.name.short
    if not table.derived:
        yield from _rows(table, copy)
    if copy.columns != table.columns:
        yield f"table {name} has other columns"


def _rows(table: Table, copy: Table) -> Iterator[str]:
    name = table.name.short
    if table.rows is not None and copy.rows is None:
        yield f"table {name} could not be counted: {copy.problem}"
    elif table.rows is not None and copy.rows is not None and copy.rows != table.rows:
        yield f"table {name} has {wording.plural(copy.rows, 'row')} instead of {wording.count(table.rows)}"


def _sequences(manifest: State, restored: State) -> Iterator[str]:
    copies = {sequence.name: sequence for sequence in restored.sequences}
    for sequence in manifest.sequences:
        copy = copies.get(sequence.name)
        if copy is None:
            yield f"sequence {sequence.name.short} is missing"
        elif copy.problem and not sequence.problem:
            yield f"sequence {sequence.name.short} could not be read: {copy.problem}"
        elif _behind(sequence, copy):
            at = "its start" if copy.last_value is None else wording.count(copy.last_value)
            yield f"sequence {sequence.name.short} stands at {at}, behind {sequence.last_value:,}"


def _behind(sequence: Sequence, copy: Sequence) -> bool:
    """Sequences are outside snapshots and read before the dump begins, so that a copy may be further."""
    if sequence.last_value is None:
        return False
    if copy.last_value is None:
        return True
    descends = sequence.increment < 0
    return copy.last_value > sequence.last_value if descends else copy.last_value < sequence.last_value


def _extensions(manifest: State, restored: State) -> Iterator[str]:
    present = {extension.name for extension in restored.extensions}
    for extension in manifest.extensions:
        if extension.name not in present:
            yield f"extension {extension.name} is missing"


def _history(before: History | None, after: History | None) -> Iterator[str]:
    if before is None or before.problem:
        return
    if not before.present and (after is None or not after.present):
        return
    if after is None or after.problem or after.present != before.present:
        why = (after and after.problem) or "it is not there"
        yield f"the migration history could not be compared: {why}"
        return
    if list(map(_facts, before.migrations)) != list(map(_facts, after.migrations)):
        yield (
            f"the migration history differs: {wording.plural(len(after.migrations), 'migration')} "
            f"instead of {len(before.migrations)}"
        )


def _facts(migration: Migration) -> tuple[str, str | None, MigrationState]:
    return migration.name, migration.checksum, migration.state
