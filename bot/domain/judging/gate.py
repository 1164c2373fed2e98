"""What is judged besides when a release is about to touch the database."""

from collections.abc import Iterator, Mapping

from bot.domain.findings import Code, Finding, Severity, finding
from bot.domain.observation import Gate, Observation, Unreadable
from bot.domain.state import State

#: What `/verify` warns of and a release must not begin without: a backup to go back to.
_NEEDED = (Code.BACKUP_MISSING, Code.BACKUP_STALE, Code.BACKUP_NOT_RESTORE_TESTED)


def raised(gate: Gate | None) -> Mapping[Code, Severity]:
    """The severities that the gate raises."""
    if gate is None or gate.backup_follows:
        return {}
    return dict.fromkeys(_NEEDED, Severity.CRITICAL)


def findings(observation: Observation) -> Iterator[Finding]:
    gate = observation.gate
    if gate is None:
        return
    if gate.elsewhere:
        yield finding(
            Code.IDENTITY_OTHER_DATABASE,
            "connection string",
            gate.elsewhere,
            "stop the release, and look where its connection string comes from",
        )
    if not isinstance(observation.state, Unreadable):
        yield from _another_schema(observation.state, gate)
        yield from _without_a_folder(observation, observation.state)


def _another_schema(state: State, gate: Gate) -> Iterator[Finding]:
    """The data is intact, and the release would not see it."""
    history = state.history
    if not gate.schema or history is None or not history.present or history.schema == gate.schema:
        return
    yield finding(
        Code.IDENTITY_OTHER_DATABASE,
        f"schema {gate.schema}",
        f"the release's connection string leads there, and the migrations lie in {history.schema}",
        f"stop the release: its connection string should name the schema {history.schema}",
    )


def _without_a_folder(observation: Observation, state: State) -> Iterator[Finding]:
    """Nobody knows what a release would do whose migrations nobody can read."""
    if observation.release is not None or state.history is None:
        return
    yield finding(
        Code.HISTORY_UNREADABLE,
        state.history.table or state.history.tool,
        "the release's migrations folder is not known, and so nobody knows what it would apply",
        "name it: `migrations.directory` in the configuration, or `secondkey deploy … --migrations DIR`",
    )
