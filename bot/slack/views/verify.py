"""Messages about a database: what was found, what it means, and the next move."""

from itertools import groupby

from bot import wording
from bot.domain.findings import Code, Finding, Outcome, Severity, Verdict
from bot.domain.judgement import mostly_empty
from bot.domain.observation import Observation, Unreadable
from bot.domain.operation import Operation
from bot.domain.state import State
from bot.slack.blocks import (
    Block,
    Button,
    Message,
    actions,
    clip,
    code,
    context,
    date,
    escape,
    header,
    section,
)
from bot.slack.views import common
from bot.slack.views.failures import hint
from bot.slack.views.losses import LOSSES, worst_first

_LIGHT = {Outcome.PASS: "🟢", Outcome.WARN: "🟠", Outcome.BLOCK: "🔴"}
_MARK = {
    Severity.CRITICAL: "🔴 critical",
    Severity.WARNING: "🟠 warning",
    Severity.INFORMATION: "ℹ️ information",
}
_WORST = list(_MARK)
#: How many subjects one reason shows before it says how many more there are.
SUBJECTS = 5
#: How many different next moves one reason shows.
HINTS = 2
#: How much of a subject's name and of its evidence is shown.
NAME = 130
DETAIL = 300
#: How many empty tables are named on first use before the rest is only counted.
EMPTY_TABLES = 60


def requested(operation: Operation) -> Message:
    return _status(operation, "Verifying", "waiting for its turn")


def accepting(operation: Operation) -> Message:
    return _status(operation, "Accepting", "reading what will be pinned")


def counting(operation: Operation, table: str, done: int, total: int) -> Message:
    return _status(operation, "Verifying", f"counting {code(table)} · {done:,} of {total:,} tables")


def result(observation: Observation, verdict: Verdict) -> Message:
    """The verdict: the state first, then the evidence, then the next move."""
    name = observation.database
    title = f"{_LIGHT[verdict.outcome]} {_words(verdict)} · {name}"
    codes = ", ".join(found.value for found in verdict.codes()[:8])
    return Message(
        text=f"{title}: {codes}" if codes else title,
        blocks=(
            header(title),
            *_first_use(observation, verdict),
            *_findings(observation, verdict),
            section(*_facts(observation)),
            *_buttons(observation, verdict),
        ),
    )


def accepted(operation: Operation, state: State) -> Message:
    """What was pinned, in full: this is what everything is compared with from now on."""
    title = f"🟢 Accepted · {operation.database}"
    identity = state.identity
    marker = identity.marker.id if identity.marker else "none"
    return Message(
        text=f"{title}: {common.contents(state)} pinned",
        blocks=(
            header(title),
            section(
                f"Pinned by {common.who(operation.requested_by)}, as it was at {date(state.taken_at)}:",
                *common.place(identity),
                f"Marker {code(marker)}",
                f"{common.contents(state)}, {wording.size(state.size_bytes)}",
            ),
            section(f"→ Next: `/backup {operation.database} the first one`"),
            actions(common.backup_now(operation.database)),
        ),
    )


def _status(operation: Operation, act: str, what: str) -> Message:
    title, asker = f"{act} {operation.database}", common.who(operation.requested_by)
    return Message(
        text=f"{title} for {asker} · {what}",
        blocks=(section(f"⏳ *{title}*", what), context(f"Asked by {asker}")),
    )


def _words(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.PASS:
        return "All there"
    if verdict.outcome is Outcome.WARN:
        warnings = sum(found.severity is Severity.WARNING for found in verdict.findings)
        return f"All there, {wording.plural(warnings, 'warning')}"
    return (
        "Not accepted yet" if {f.code for f in verdict.critical()} == {Code.BASELINE_MISSING} else "Blocked"
    )


def _findings(observation: Observation, verdict: Verdict) -> list[Block]:
    """One block for each reason, with its subjects; what to do is said once, where it comes up first."""
    place = {code: n for n, code in enumerate(Code)}
    found = sorted(
        verdict.findings, key=lambda finding: (_WORST.index(finding.severity), place[finding.code])
    )
    groups = [list(same) for _, same in groupby(found, key=lambda finding: finding.code)]
    blocks, said = [], set[str]()
    for same in groups:
        hints = [
            each for each in dict.fromkeys(finding.hint for finding in same) if each and each not in said
        ]
        said.update(hints[:HINTS])
        heading = f"*{same[0].code.value}* · {_MARK[same[0].severity]}"
        lines = worst_first(observation, same) if same[0].code in LOSSES else _subjects(same)
        blocks.append(section(heading, *lines, *(f"→ {hint(each)}" for each in hints[:HINTS])))
    return blocks


def _subjects(same: list[Finding]) -> list[str]:
    lines = [
        f"{code(clip(found.subject, NAME))}  {escape(clip(found.detail, DETAIL))}"
        for found in same[:SUBJECTS]
    ]
    return lines if len(same) <= SUBJECTS else [*lines, f"and {len(same) - SUBJECTS:,} more"]


def _first_use(observation: Observation, verdict: Verdict) -> list[Block]:
    """The question that only people can answer: is this the database you mean?"""
    state = observation.state
    if isinstance(state, Unreadable) or Code.BASELINE_MISSING not in verdict.codes():
        return []
    identity = state.identity
    empty = [table.name.short for table in state.tables if table.rows == 0]
    newest = max((found.at for found in state.newest if found.at), default=None)
    return [
        *(
            [section("⚠️ *Most tables of this database are empty.* Look twice before you accept it.")]
            if mostly_empty(state)
            else []
        ),
        section(
            "*Is this the database you mean?*",
            *common.place(identity),
            f"{common.contents(state)}, {wording.size(state.size_bytes)}",
            f"Newest row: {date(newest)}"
            if newest
            else "Newest row: not known (`newest` in the configuration names a column)",
            f"Empty tables: {_empty(empty)}" if empty else "No table is empty",
        ),
    ]


def _empty(names: list[str]) -> str:
    shown = ", ".join(code(name) for name in names[:EMPTY_TABLES])
    return shown if len(names) <= EMPTY_TABLES else f"{shown} and {len(names) - EMPTY_TABLES:,} more"


def _facts(observation: Observation) -> list[str]:
    """What was looked at, so that a pass says what it is worth."""
    lines = []
    if not isinstance(observation.state, Unreadable):
        lines += _state_lines(observation, observation.state)
    newest = next(iter(observation.backups.backups), None)
    if newest is None:
        lines.append("Backup: none")
    else:
        age = wording.ago(newest.manifest.created_at, observation.now)
        lines.append(f"Backup: {newest.id} · {age} · {common.proof(newest)}")
    return lines


def _state_lines(observation: Observation, state: State) -> list[str]:
    baseline = observation.baseline
    pinned = f"pinned {wording.ago(baseline.pinned_at, observation.now)}" if baseline else "not pinned yet"
    identity, history = state.identity, state.history
    lines = [
        f"Identity: {code(identity.database_name)}, oid {identity.database_oid}, {pinned}",
        f"Data: {common.contents(state)}, {wording.size(state.size_bytes)}",
    ]
    if history and history.present:
        lines.append(f"Migrations: {len(history.migrations):,} in {code(history.table)}")
    return lines


def _buttons(observation: Observation, verdict: Verdict) -> list[Block]:
    name, codes = observation.database, verdict.codes()
    buttons: list[Button] = []
    if Code.BASELINE_MISSING in codes and not isinstance(observation.state, Unreadable):
        buttons.append(common.accept(name))
    if {found.code.group for found in verdict.critical()} & {"rows", "schema", "identity", "data"}:
        if not isinstance(observation.state, Unreadable):
            buttons.append(common.emergency(name))
    elif {Code.BACKUP_MISSING, Code.BACKUP_STALE, Code.BACKUP_FAILED} & set(codes) and observation.baseline:
        buttons.append(common.backup_now(name))
    if verdict.outcome is not Outcome.PASS:
        buttons.append(common.verify_again(name))
    return [actions(*buttons)] if buttons else []
