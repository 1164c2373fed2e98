"""Messages about backups: asked for, on its way, done, listed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from types import MappingProxyType

from bot import wording
from bot.domain.backup import Backup, Health, Kind, Level, Manifest
from bot.domain.catalogue import Choice, Loss
from bot.domain.counts import held
from bot.domain.judging.backups import KEY_LOST
from bot.domain.operation import Kind as OperationKind
from bot.domain.operation import Operation
from bot.slack.blocks import (
    Block,
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
from bot.slack.views.backup_rest import SOME, omitted, rest
from bot.slack.views.common import (
    REST,
    backup_now,
    because,
    contents,
    figures,
    level,
    proof,
    reason,
    verify_again,
    who,
)
from bot.slack.views.losses import TABLES

#: How many backups one list shows.
LISTED = 12
#: How many times of a loss are told, the latest first.
LOSSES = 3
#: How many tables `/backup show` names, the largest first.
LARGEST = 8
#: How much is said of what a backup is held by.
HELD = 80


def requested(operation: Operation) -> Message:
    return _status(operation, "waiting for its turn")


def counting(operation: Operation, table: str, done: int, total: int) -> Message:
    return _status(operation, f"counting {code(table)} · {wording.progress(done, total, 'table')}")


def waiting(operation: Operation, table: str, holder: str) -> Message:
    """That a dump waits for a table's lock, and who has it: `held by process 12 (…)`."""
    place = f" on {code(table)}" if table else ""
    return _status(operation, f"waiting for a lock{place}, {escape(holder)}")


def dumping(operation: Operation, written: int, expected: int, table: str) -> Message:
    """How far the dump is: bytes against an estimate, and the table that it is at."""
    place = f" · dumping {code(table)}" if table else ""
    if not expected:
        return _status(operation, f"{wording.size(written)} written{place}")
    share = f"about {min(99, 100 * written // expected)} %"
    return _status(operation, f"{share} · {wording.size(written)} of about {wording.size(expected)}{place}")


def proving(operation: Operation, backup: Backup, what: str) -> Message:
    archive = wording.size(backup.manifest.archive.bytes)
    return _status(operation, f"written ({archive}) · now proving it: {escape(what)}")


def done(backup: Backup, *, key_lost: bool = False) -> Message:
    """The result: how far it is proven, how good it is, and what that means.

    `key_lost`: the bot signed it with a key whose file is no longer there.
    """
    manifest = backup.manifest
    title = _title(backup)
    return Message(
        text=f"{title}{', its signing key is lost' if key_lost else ''}: {backup.id} · {proof(backup)}",
        blocks=(
            header(title),
            section(
                " · ".join(
                    (
                        code(backup.id),
                        wording.size(manifest.archive.bytes),
                        wording.duration(manifest.seconds),
                    )
                ),
                contents(manifest.state),
                *_evidence(backup),
                *_pointer(backup),
            ),
            *_meaning(backup),
            *([_key_lost()] if key_lost else []),
            context(
                _origin(manifest),
                f"Snapshot of {date(manifest.created_at)}",
                *reason(manifest.reason),
            ),
            *(
                [actions(verify_again(manifest.database))]
                if backup.proof.health is not Health.HEALTHY
                else []
            ),
        ),
    )


def retested(operation: Operation, backup: Backup, at: datetime) -> Message:
    """The result of `/verify ID`, as it was at that time."""
    if backup.corrupt:
        title = f"🔴 Do not rely on {backup.id}"
    elif backup.proof.not_tested_because:
        title = f"🟠 Not restore-tested: {backup.id}"
    elif backup.manifest.omissions:
        title = f"🟠 {backup.id} restores, but for what was left out"
    else:
        title = f"🟢 {backup.id} restores"
    return Message(
        text=f"{title} · {backup.manifest.database} · {proof(backup)}",
        blocks=(
            header(title),
            section(
                f"{code(backup.manifest.database)} · {date(backup.manifest.created_at)}",
                *_evidence(backup),
                *_pointer(backup),
            ),
            *_meaning(backup),
            context(f"As of {date(at)} · asked by {who(operation.requested_by)} · {operation.id}"),
        ),
    )


def shown(backup: Backup, now: datetime) -> Message:
    """`/backup show ID`: the manifest, for people."""
    manifest = backup.manifest
    largest = sorted(manifest.state.tables, key=lambda table: -(table.rows or 0))[:LARGEST]
    return Message(
        text=f"{backup.id} · {manifest.database} · {proof(backup)}",
        blocks=(
            header(backup.id),
            section(
                f"{code(manifest.database)} · {date(manifest.created_at)}",
                wording.ago(manifest.created_at, now),
                _origin(manifest),
                *reason(manifest.reason),
                *_evidence(backup),
            ),
            section(
                f"{contents(manifest.state)}:",
                *figures([(table.name.short, _rows(table.rows)) for table in largest]),
                *(
                    [f"and {len(manifest.state.tables) - LARGEST:,} more"]
                    if len(manifest.state.tables) > LARGEST
                    else []
                ),
            ),
            *_meaning(backup),
            *_looked_at(backup),
            context(
                f"sha256 {code(manifest.archive.sha256)}",
                f"PostgreSQL {wording.version(manifest.tools.server)}",
                f"pg_dump {wording.version(manifest.tools.pg_dump)}, {manifest.archive.compression}",
            ),
        ),
    )


def catalogue(
    database: str,
    known: Sequence[Backup],
    choice: Choice,
    losses: Sequence[Loss],
    now: datetime,
    untrusted: Sequence[tuple[str, str]] = (),
    held_by: Mapping[str, str] = MappingProxyType({}),
) -> Message:
    """`/backup list`: newest first, with what would be taken by default and when rows were lost.

    `untrusted` are the ids of those that only the repository knows, each with the reason; `held_by` says by
    id what keeps a backup beyond its time.
    """
    title = f"Backups · {database}"
    if not known:
        none = "There is no backup that can be trusted." if untrusted else "There is no backup yet."
        return Message(
            text=f"{title}: there is none",
            blocks=(
                header(title),
                section(none),
                *_untrusted(untrusted),
                actions(backup_now(database)),
            ),
        )
    more = [context(f"and {len(known) - LISTED:,} older ones")] if len(known) > LISTED else []
    return Message(
        text=f"{title}: {wording.plural(len(known), 'backup')}, newest {known[0].id}",
        blocks=(
            header(title),
            section(*_chosen(choice)),
            *_lost(losses),
            *(section(*_line(backup, now, held_by.get(backup.id))) for backup in known[:LISTED]),
            *more,
            *_untrusted(untrusted),
        ),
    )


def _status(operation: Operation, what: str) -> Message:
    backup_id, asker = operation.request["backup_id"], who(operation.requested_by)
    act = "Backing up" if operation.kind is OperationKind.BACKUP else "Restore-testing"
    title = f"{act} {operation.database}"
    return Message(
        text=f"{title} for {asker} · {what}",
        blocks=(
            section(f"⏳ *{title}* · {code(backup_id)}", what),
            context(f"Asked by {asker}", *reason(operation.request.get("reason", ""))),
        ),
    )


def _title(backup: Backup) -> str:
    name = backup.manifest.database
    if backup.corrupt:
        return f"🔴 Backup is not usable · {name}"
    if backup.manifest.omissions:
        return f"🟠 Backed up, but not everything · {name}"
    if backup.proof.health is Health.SUSPECT:
        made = "Emergency backup" if backup.manifest.kind is Kind.EMERGENCY else "Backup"
        return f"🟠 {made} of a suspect database · {name}"
    if backup.proof.level is not Level.RESTORE_TESTED:
        return f"🟠 Backed up, not restore-tested · {name}"
    if backup.proof.health is Health.UNKNOWN:
        return f"⚪ Backed up, health unknown · {name}"
    return f"🟢 Backed up · {name}"


def _origin(manifest: Manifest) -> str:
    mark = "🚨 " if manifest.kind is Kind.EMERGENCY else ""
    return f"{mark}{manifest.kind.value} backup · asked by {who(manifest.requested_by)}"


def _evidence(backup: Backup) -> list[str]:
    """Level and health, each on its own line, with the reason where one is not the best."""
    if backup.corrupt:
        return [f"*corrupt*: {prose(backup.corrupt)}"]
    took = backup.proof.restore_seconds
    reached = level(backup)
    if took is not None:
        every = "all the rest is" if backup.manifest.omissions else "every table"
        reached += f": {every} equal to the manifest; restoring took {wording.duration(took)}"
    untested = prose(backup.proof.not_tested_because)
    again = [f"Not tested again because {untested}"] if untested and took is not None else []
    if untested and not again:
        reached += f" because {untested}"
    health = backup.proof.health.value
    if backup.proof.suspect_because:
        health += f": {because(backup)}"
    lines = [*_omitted(backup.manifest), f"Level: *{reached}*", *again, f"Health: *{health}*"]
    if backup.proof.left_out:
        lines.append(f"Left out of the test: {escape(wording.listed(list(backup.proof.left_out)))}")
    return lines


def _omitted(manifest: Manifest) -> list[str]:
    """What an emergency backup could not take, why, and what to do about it."""
    if not manifest.omissions:
        return []
    return [f"⚠️ *Not in it* ({len(manifest.omissions):,}):", *_some(omitted(manifest))]


def _pointer(backup: Backup) -> list[str]:
    return [REST] if rest(backup) else []


def _meaning(backup: Backup) -> list[Block]:
    """What follows from the result, where that is not plain."""
    name = backup.manifest.database
    if backup.corrupt:
        return [
            section(
                f"→ Do not rely on it: `/backup {name}` makes a new one, `/backup list {name}` shows all."
            )
        ]
    if backup.manifest.kind is Kind.EMERGENCY:
        return [section("→ It keeps what is still there. It is never proposed by itself: name its id.")]
    match backup.proof.health:
        case Health.SUSPECT:
            return [section("→ It holds what the database held, which is not what was expected.")]
        case Health.UNKNOWN:
            return [section(f"→ Is this the right database? `/verify {name}` asks, and accepts it.")]
        case Health.HEALTHY:
            return []


def _key_lost() -> Block:
    return section(f"🔴 *The signing key*: {prose(KEY_LOST.detail)}", f"→ {prose(KEY_LOST.hint)}")


def _looked_at(backup: Backup) -> list[Block]:
    """What showing it compares: reading all of an archive takes long."""
    if backup.corrupt:
        return []
    return [
        context(
            f"Level reached {date(backup.proof.at)}. Looked at now: its documents, signatures and size, not "
            f"the archive's content: {code(f'/verify {backup.id}')} reads that"
        )
    ]


def _line(backup: Backup, now: datetime, held_by: str | None) -> tuple[str, ...]:
    manifest = backup.manifest
    figures = (
        wording.ago(manifest.created_at, now),
        wording.size(manifest.archive.bytes),
        held(manifest.state),
    )
    release = [f"before {escape(manifest.release)}"] if manifest.release else []
    return (
        f"{_mark(backup)} {code(backup.id)} · {' · '.join(figures)}",
        " · ".join((manifest.kind.value, proof(backup), *release)),
        *reason(manifest.reason),
        *([f"Held: {escape(clip(held_by, HELD))}"] if held_by else []),
    )


def _mark(backup: Backup) -> str:
    if backup.corrupt:
        return "🔴"
    if backup.manifest.omissions:
        return "🟠"
    return {Health.HEALTHY: "🟢", Health.SUSPECT: "🟠", Health.UNKNOWN: "⚪"}[backup.proof.health]


def _chosen(choice: Choice) -> list[str]:
    if choice.backup is None:
        lines = ["*None of these would be taken by default*: none is both healthy and restore-tested."]
    else:
        lines = [f"By default: {code(choice.backup.id)}, the newest that is healthy and restore-tested."]
    return lines + _some(
        [f"passed over: {code(backup.id)}, {prose(why)}" for backup, why in choice.passed_over]
    )


def _lost(losses: Sequence[Loss]) -> list[Block]:
    """The latest losses, dated by the two backups around them."""
    return [
        section(f"Rows were lost between {code(before)} and {code(after)}:", *_falls(list(same)))
        for (before, after), same in islice(groupby(losses, lambda loss: (loss.before, loss.after)), LOSSES)
    ]


def _untrusted(entries: Sequence[tuple[str, str]]) -> list[Block]:
    lines = [f"{code(backup_id)}: {prose(reason)}" for backup_id, reason in entries]
    return [section("🔴 *Not trusted*, and known to the repository alone:", *_some(lines))] if lines else []


def _falls(losses: Sequence[Loss]) -> list[str]:
    named, rest = losses[:TABLES], losses[TABLES:]
    lines = figures([(loss.table.short, _fall(loss)) for loss in named])
    return [*lines, *([f"and {wording.plural(len(rest), 'more table')}"] if rest else [])]


def _fall(loss: Loss) -> str:
    return f"{loss.rows_before:,} → {'gone' if loss.gone else f'{loss.rows_after:,}'}"


def _some(lines: list[str]) -> list[str]:
    """The first few; how many more there are is said."""
    return lines if len(lines) <= SOME else [*lines[:SOME], f"and {len(lines) - SOME:,} more"]


def _rows(rows: int | None) -> str:
    return "not counted" if rows is None else f"{rows:,}"
