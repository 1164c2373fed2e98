"""Messages about the end of backups: announced, over, asked for early; and about how many are kept."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain import retention
from bot.domain.approval import Request
from bot.domain.backup import Backup
from bot.domain.operation import Operation
from bot.domain.retention import Judged, Policy
from bot.slack.blocks import Block, Message, code, context, date, escape, header, section
from bot.slack.views.common import contents, proof, who

#: How many backups are named in one message.
NAMED = 8
Lines = tuple[tuple[str, ...], ...]


def notice(database: str, gone: Sequence[Backup], coming: Sequence[Backup], stays: int) -> Message:
    """What is deleted now, and what goes a day later."""
    ended = f"{wording.plural(len(gone), 'backup')} deleted" if gone else ""
    ending = f"{wording.plural(len(coming), 'backup')} going tomorrow" if coming else ""
    title = f"Retention of {database}: {', '.join(filter(None, (ended, ending)))}"
    return Message(
        text=title,
        blocks=(
            section(
                f"*{escape(title)}*",
                f"Kept: {wording.plural(stays, 'backup')}, the newest good one among them.",
            ),
            *([section("Deleted, as announced:", *_named(gone))] if gone else []),
            *(
                [
                    section(
                        "Their time is over, and they go at the next daily run:",
                        *_named(coming),
                        f"→ {code('/backup pin ID REASON')} keeps one of them",
                    )
                ]
                if coming
                else []
            ),
        ),
    )


def standing(
    database: str, policy: Policy | None, configured: Policy | None, judged: Sequence[Judged]
) -> Message:
    """`/backup retention`: the floors in force, what the configuration lowers, and what ends."""
    title = f"Retention · {database}"
    if policy is None or configured is None:
        none = "Nothing is configured: no backup is ever deleted by itself."
        return Message(text=f"{title}: {none}", blocks=(header(title), section(none)))
    ending = retention.over(judged)
    return Message(
        text=f"{title}: {len(judged) - len(ending):,} kept, {len(ending):,} over",
        blocks=(
            header(title),
            section("In force:", *map(code, retention.in_words(policy))),
            *([_lower_wanted(database, policy, configured)] if policy != configured else []),
            *([section("Kept:", *_reasons(judged))] if judged else []),
            section("Their time is over, and they go:", *_named(ending)) if ending else section("None goes."),
        ),
    )


def pinned(backup_id: str) -> Message:
    text = f"{code(backup_id)} stays until `/backup unpin {backup_id}`."
    return Message(text=text, blocks=(section(text),))


def unpinned(backup_id: str) -> Message:
    text = f"{code(backup_id)} goes when its time is over; that is announced a day before."
    return Message(text=text, blocks=(section(text),))


def plan_lines(backup: Backup, now: datetime) -> Lines:
    manifest = backup.manifest
    return (
        (
            "⚠️ There is no way back: the archive is removed from the repository",
            f"Goes: {code(backup.id)} · {wording.size(manifest.archive.bytes)} · {contents(manifest.state)}",
            f"Made {date(manifest.created_at)}, {wording.ago(manifest.created_at, now)} · {proof(backup)}",
        ),
    )


def deleted(operation: Operation, backup_id: str, request: Request) -> Message:
    """It is gone, and who said so."""
    heading = f"🟢 Backup deleted early · {operation.database}"
    return Message(
        text=f"{heading}: {backup_id} is gone",
        blocks=(
            header(heading),
            section(f"{code(backup_id)} is gone.", f"{code(operation.database)} was not touched."),
            _decided(operation, request),
        ),
    )


def lowering_lines(holds: Policy, configured: Policy) -> Lines:
    return (
        (
            "⚠️ Fewer backups would be kept: what is over then is announced, and deleted a day later",
            *_changes(holds, configured),
        ),
        ("Until two people say so, the higher numbers hold.",),
    )


def lowered_in_short(holds: Policy, configured: Policy) -> str:
    """`keep_daily 14 → 7`, plain."""
    return ", ".join(f"{name} {before} → {after}" for name, before, after in _differences(holds, configured))


def lowered(operation: Operation, policy: Policy, request: Request) -> Message:
    heading = f"🟢 Retention lowered · {operation.database}"
    return Message(
        text=f"{heading}: {', '.join(retention.in_words(policy))}",
        blocks=(
            header(heading),
            section("In force from now on:", *map(code, retention.in_words(policy))),
            _decided(operation, request),
        ),
    )


def _lower_wanted(database: str, policy: Policy, configured: Policy) -> Block:
    return section(
        "⚠️ The configuration keeps less, and two people have to say so first:",
        *_changes(policy, configured),
        f"→ {code(f'/backup retention lower {database} REASON')} asks",
    )


def _changes(holds: Policy, configured: Policy) -> list[str]:
    return [f"{code(name)} {before} → *{after}*" for name, before, after in _differences(holds, configured)]


def _differences(holds: Policy, configured: Policy) -> list[tuple[str, str, str]]:
    names = retention.lowered(holds, configured)
    before, after = retention.values(holds, names), retention.values(configured, names)
    return list(zip(names, before, after, strict=True))


def _decided(operation: Operation, request: Request) -> Block:
    by = ", ".join(who(user) for user in request.approved_by)
    return context(
        f"Asked by {who(operation.requested_by)}: {escape(request.reason)}",
        f"Approved by {by} · {operation.id}",
    )


def _reasons(judged: Sequence[Judged]) -> list[str]:
    counted = Counter(each.stays for each in judged if each.stays)
    return [f"{number:,}  {escape(why)}" for why, number in counted.most_common(NAMED)]


def _named(backups: Sequence[Backup]) -> list[str]:
    lines = [
        f"{code(backup.id)} · {wording.size(backup.manifest.archive.bytes)} · {proof(backup)}"
        for backup in backups
    ]
    more = len(lines) - NAMED
    return [*lines[:NAMED], *([f"and {more:,} more"] if more > 0 else [])]
