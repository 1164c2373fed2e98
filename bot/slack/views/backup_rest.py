"""What the message about a backup has no room for."""

from bot import wording
from bot.domain.backup import Backup, Manifest
from bot.slack.blocks import Block, Message, code, context, escape, prose, sections
from bot.slack.views.common import CODES, REASON_CHARS

#: How many lines of one sort a message shows before the rest is only counted.
SOME = 5
#: The same in its thread.
MANY = 40


def rest(backup: Backup) -> Message | None:
    """For the thread of the message about its result; None where that says all there is."""
    suspect = [code(reason.value) for reason in backup.proof.suspect_because]
    untested = [escape(what) for what in backup.proof.left_out]
    reason = backup.manifest.reason
    blocks = (
        *_listed(backup, "⚠️ *Not in it*", omitted(backup.manifest), SOME),
        *_listed(backup, "*Suspect because*", suspect, CODES),
        *_listed(backup, "*Left out of the test*", untested, SOME),
        *(sections("*Reason*", escape(reason)) if len(reason) > REASON_CHARS else []),
    )
    return Message(text=f"{backup.id} in detail", blocks=blocks) if blocks else None


def omitted(manifest: Manifest) -> list[str]:
    """A line for each thing that an emergency backup could not take: why, and what to do about it."""
    return [
        f"• {escape(str(one))}: {prose(f'{one.why} → {one.cure}' if one.cure else one.why)}"
        for one in manifest.omissions
    ]


def _listed(backup: Backup, heading: str, lines: list[str], shown: int) -> list[Block]:
    """All of what the message only counts, as far as there is room."""
    if len(lines) <= shown:
        return []
    more, command = len(lines) - MANY, code(f"secondkey backups show {backup.id} --json")
    left = [context(f"and {wording.count(more)} more: {command} has all")] if more > 0 else []
    return [*sections(f"{heading} ({len(lines):,}):", *lines[:MANY]), *left]
