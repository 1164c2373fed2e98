"""Messages about a database: what was found, what it means, and the next move."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from bot import wording
from bot.domain.catalogue import default_choice
from bot.domain.findings import Code, Finding, Outcome, Severity, Verdict, in_danger
from bot.domain.judgement import mostly_empty
from bot.domain.migrations import History
from bot.domain.observation import Lack, Observation, Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.state import Identity, State
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
    prose,
    section,
)
from bot.slack.views import common
from bot.slack.views.counts import changed
from bot.slack.views.kept import still_there
from bot.slack.views.losses import in_short
from bot.slack.views.reasons import can_wait, in_full, in_passing, reasons
from bot.slack.views.replication import replication
from bot.slack.views.verify_rest import rest

#: What is there is not what was pinned.
_ANOTHER = frozenset(
    {
        Code.IDENTITY_OTHER_CLUSTER,
        Code.IDENTITY_OTHER_DATABASE,
        Code.IDENTITY_RECREATED,
        Code.IDENTITY_MARKER_MISSING,
        Code.IDENTITY_MARKER_FOREIGN,
    }
)
#: How many codes, and how much of the evidence, a notification shows.
CODES = 8
EVIDENCE = 160
#: How many empty tables are named on first use before the rest is only counted.
EMPTY_TABLES = 60


def requested(operation: Operation) -> Message:
    return _status(operation, "Verifying", "waiting for its turn")


def accepting(operation: Operation) -> Message:
    return _status(operation, "Accepting", "reading what will be pinned")


def counting(operation: Operation, table: str, done: int, total: int) -> Message:
    doing = "Accepting" if operation.kind is Kind.ACCEPT else "Verifying"
    return _status(operation, doing, f"counting {code(table)} · {wording.progress(done, total, 'table')}")


def result(operation: Operation, observation: Observation, verdict: Verdict) -> Message:
    """The verdict: the state first, then the evidence, then the next move."""
    title = f"{_words(verdict)} · {observation.database}"
    return Message(
        text=_notification(title, observation, verdict),
        blocks=(
            header(title),
            *_first_use(observation, verdict),
            *_reasons(observation, verdict),
            *_facts(observation, verdict),
            context(
                f"As of {date(_as_of(observation))} · asked by {common.who(operation.requested_by)}",
                *([common.REST] if rest(observation, verdict) else []),
            ),
            *_buttons(observation, verdict),
        ),
    )


def accepted(
    operation: Operation,
    state: State,
    lacks: Sequence[Lack] = (),
    *,
    first_backup: bool,
    approved_by: Sequence[str] = (),
) -> Message:
    """What was pinned, in full: this is what everything is compared with from now on.

    `lacks` is what a restore would fail of, tried just now; `approved_by` are those whom it took besides.
    """
    title = f"🟢 Accepted · {operation.database}"
    identity = state.identity
    marker = identity.marker.id if identity.marker else "none"
    return Message(
        text=f"{title}: {common.contents(state)} pinned",
        blocks=(
            header(title),
            section(
                f"Pinned by {_keys(operation, approved_by)}, as it was at {date(state.taken_at)}:",
                *common.place(identity),
                f"Marker {code(marker)}",
                _data(state),
            ),
            *(
                section(f"🟠 A restore would fail: {prose(lack.reason)}", f"→ {prose(lack.hint)}")
                for lack in lacks
            ),
            *([section(*why)] if (why := common.reason(operation.request["reason"])) else []),
            section(f"→ Next: `/backup {operation.database}{' the first one' if first_backup else ''}`"),
            actions(common.backup_now(operation.database)),
        ),
    )


def _keys(operation: Operation, approved_by: Sequence[str]) -> str:
    asker, others = common.who(operation.requested_by), ", ".join(map(common.who, approved_by))
    return f"{asker}, approved by {others}" if others else asker


def _status(operation: Operation, act: str, what: str) -> Message:
    title, asker = f"{act} {operation.database}", common.who(operation.requested_by)
    return Message(
        text=f"{title} for {asker} · {what}",
        blocks=(section(f"⏳ *{title}*", what), context(f"Asked by {asker}")),
    )


def _words(verdict: Verdict) -> str:
    match verdict.outcome:
        case Outcome.PASS:
            return "🟢 All there"
        case Outcome.WARN:
            warnings = sum(found.severity is Severity.WARNING for found in verdict.findings)
            return f"🟠 All there, {wording.plural(warnings, 'warning')}"
        case Outcome.BLOCK:
            return "⚪ Not accepted yet" if _nothing_pinned(verdict) else "🔴 Blocked"
        case unknown:
            assert_never(unknown)


def _nothing_pinned(verdict: Verdict) -> bool:
    """Nothing is wrong but that nobody has said yet that this is the right database."""
    return {found.code for found in verdict.critical()} == {Code.BASELINE_MISSING}


def _in_danger(verdict: Verdict) -> bool:
    return in_danger(found.code for found in verdict.critical())


def _notification(title: str, observation: Observation, verdict: Verdict) -> str:
    """What a phone shows of it, about 100 characters: of a loss the counts before the codes."""
    if verdict.outcome is not Outcome.BLOCK or _nothing_pinned(verdict):
        codes = _listed(verdict.codes())
        return f"{title}: {codes}" if codes else title
    codes = _listed(dict.fromkeys(found.code for found in verdict.critical()))
    told = [codes, clip(_evidence(observation.database, verdict.findings[0]), EVIDENCE)]
    if lost := in_short(observation, verdict.findings):
        elsewhere = ", found elsewhere" if Code.DATA_ELSEWHERE in verdict.codes() else ""
        told = [f"{lost}{elsewhere}", codes]
    elif Code.IDENTITY_ABSENT in verdict.codes() and _was_protected(observation):
        told.insert(0, "the database is gone from its server")
    return f"🔴 {observation.database} blocked: {escape(' · '.join(told))}"


def _evidence(database: str, found: Finding) -> str:
    return found.detail if found.subject == database else f"{found.subject}: {found.detail}"


def _listed(codes: Iterable[Code]) -> str:
    return wording.listed([code.value for code in codes], CODES)


def _reasons(observation: Observation, verdict: Verdict) -> list[Block]:
    """Where it blocks: the worst reason, the good news, what there is to go back to, all else that blocks."""
    found = reasons(verdict)
    if verdict.outcome is not Outcome.BLOCK:
        return in_full(observation, found)
    first = found[:1] + [reason for reason in found[1:] if reason[0].code is Code.DATA_ELSEWHERE]
    later = can_wait(verdict)
    others = [reason for reason in found if reason not in first and reason not in later]
    blocks = in_full(observation, [*first, *others])
    kept = still_there(observation, in_danger=_in_danger(verdict)) if _was_protected(observation) else []
    return [*blocks[: len(first)], *kept, *blocks[len(first) :], *in_passing(later)]


def _was_protected(observation: Observation) -> bool:
    return observation.baseline is not None or bool(observation.backups.backups)


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
            _data(state),
            f"Newest row: {date(newest)}"
            if newest
            else "Newest row: not known (`newest` in the configuration names a column)",
            f"Empty tables: {_empty(empty)}" if empty else "No table is empty",
        ),
    ]


def _empty(names: list[str]) -> str:
    shown = ", ".join(code(name) for name in names[:EMPTY_TABLES])
    return shown if len(names) <= EMPTY_TABLES else f"{shown} and {len(names) - EMPTY_TABLES:,} more"


def _facts(observation: Observation, verdict: Verdict) -> list[Block]:
    """What was looked at, so that a pass says what it is worth; what stands above already is left out."""
    lines, state = [], observation.state
    if not isinstance(state, Unreadable):
        if Code.BASELINE_MISSING not in verdict.codes():
            all_same = observation.baseline is not None and not changed(observation)
            as_before = ", every count as in the baseline" if all_same else ""
            lines += [_identity(state.identity, observation, verdict), f"Data: {_data(state)}{as_before}"]
        if state.history and state.history.present and not state.history.problem:
            lines.append(_migrations(state.history))
        lines += replication(observation.server)
    if verdict.outcome is not Outcome.BLOCK:
        lines.append(_newest_backup(observation))
    return [section(*lines)] if lines else []


def _migrations(history: History) -> str:
    names = [each.name for each in history.migrations]
    heads = f"at {escape(wording.listed(names))}" if history.heads_only and names else f"{len(names):,}"
    return f"Migrations: {heads} in {code(history.table)}"


def _identity(identity: Identity, observation: Observation, verdict: Verdict) -> str:
    told = f"Identity: {code(identity.database_name)}, oid {code(identity.database_oid)}"
    if observation.baseline is None:
        return f"{told}, not pinned yet"
    ago = wording.ago(observation.baseline.pinned_at, observation.now)
    another = _ANOTHER & set(verdict.codes())
    return f"{told}, *not what was pinned {ago}*" if another else f"{told}, pinned {ago}"


def _newest_backup(observation: Observation) -> str:
    newest = next(iter(observation.backups.backups), None)
    if newest is None:
        return "Backup: none"
    age = wording.ago(newest.manifest.created_at, observation.now)
    return f"Backup: {code(newest.id)} · {age} · {common.proof(newest)}"


def _data(state: State) -> str:
    return f"{common.contents(state)}, {wording.size(state.size_bytes)}"


def _as_of(observation: Observation) -> datetime:
    state = observation.state
    return observation.now if isinstance(state, Unreadable) else state.taken_at


def _buttons(observation: Observation, verdict: Verdict) -> list[Block]:
    name, codes = observation.database, verdict.codes()
    buttons: list[Button] = []
    if Code.BASELINE_MISSING in codes and not isinstance(observation.state, Unreadable):
        buttons.append(common.accept(name))
    if _in_danger(verdict):
        if not isinstance(observation.state, Unreadable):
            buttons.append(common.emergency(name))
        if (newest := default_choice(observation.backups.backups).backup) is not None:
            buttons.append(common.restore(newest, label="Ask for a restore"))
    elif {Code.BACKUP_MISSING, Code.BACKUP_STALE, Code.BACKUP_FAILED} & set(codes) and observation.baseline:
        buttons.append(common.backup_now(name))
    if verdict.outcome is not Outcome.PASS:
        buttons.append(common.verify_again(name))
    return [actions(*buttons)] if buttons else []
