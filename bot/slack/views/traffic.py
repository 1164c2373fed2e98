"""Messages about traffic: what is stopped, since when and by whom, and what lets it come back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import wording
from bot.domain.findings import Verdict
from bot.domain.operation import Operation
from bot.domain.restoring.traffic import Command, Standing, Stopped, Traffic
from bot.errors import SecondkeyError
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
    sections,
)
from bot.slack.views.common import reason, verify, who

#: How much of a command is shown; how many commands, sessions and findings.
WORDS, SOME = 120, 3
Lines = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What `/traffic stop` came to."""

    now: Stopped
    #: which commands ran; empty where none did, or one failed
    did: str
    #: the command that failed, so that the fence took its place
    problem: SecondkeyError | None
    #: who is still in the database; None where that is not known
    inside: tuple[str, ...] | None


def stopped(operation: Operation, outcome: Outcome) -> Message:
    """What keeps whom away now; `reminding` adds since when, and the way back."""
    name = operation.database
    heading = f"🚧 Traffic stopped · {name}"
    return Message(
        text=f"{heading}: {_how(outcome)}",
        blocks=(
            header(heading),
            *sections(*_what(outcome), _sessions(outcome.inside)),
            context(operation.id),
            actions(verify(name)),
        ),
    )


def started(operation: Operation, did: str, verdict: Verdict) -> Message:
    """Everybody may come back."""
    name = operation.database
    heading = f"🟢 Traffic started · {name}"
    codes = wording.listed([found.value for found in verdict.codes()], SOME)
    return Message(
        text=f"{heading}: {did}",
        blocks=(
            header(heading),
            *sections(escape(did), f"Verdict: {verdict.outcome.value}{f' ({codes})' if codes else ''}"),
            context(
                f"Started by {who(operation.requested_by)}",
                *reason(operation.request["reason"]),
                operation.id,
            ),
        ),
    )


def plan_lines(verdict: Verdict, traffic: Traffic, now: Stopped | None) -> tuple[Lines, ...]:
    """What a second person decides by, as Slack's markup."""
    found = [
        f"⚠️ {code(one.code.value)} {escape(one.subject)}: {escape(one.detail)}" for one in verdict.critical()
    ]
    fence = ("The fence is lifted",) if now and now.fenced else ()
    ruins = ("The application comes back to a database whose verdict is *block*", *_some(found))
    acts = (*fence, *_commands("Runs", traffic.start), *_commands("Then asks", traffic.check))
    return (ruins, acts) if acts else (ruins,)


def standing(databases: Sequence[Standing]) -> Message:
    """`/traffic status`."""
    blocks = [section(*_standing(one)) for one in databases]
    halted = [one.database for one in databases if one.now]
    what = f"Traffic is stopped: {', '.join(halted)}" if halted else "Traffic is not stopped"
    return Message(text=what, blocks=(header(what), *blocks))


def reminding(message: Message, database: str, now: Stopped | None) -> Message:
    """The same message, which says that traffic is stopped, if it is."""
    if now is None:
        return message
    blocks = list(message.blocks)
    at = len(blocks) - (bool(blocks) and blocks[-1]["type"] == "actions")
    said: Block = context(halted(database, now))
    return replace(message, blocks=(*blocks[:at], said, *blocks[at:]))


def halted(database: str, now: Stopped) -> str:
    """That traffic is stopped, in one line, and what lets it come back."""
    return f"🚧 {_since(now)}. → `/traffic start {database} REASON`"


def _how(outcome: Outcome) -> str:
    return "nobody gets in" if outcome.now.fenced else outcome.did


def _what(outcome: Outcome) -> list[str]:
    lines = []
    if outcome.problem is not None:
        lines += [f"🔴 {prose(outcome.problem.reason)}", f"→ {prose(outcome.problem.hint)}"]
    if outcome.now.fenced:
        lines.append("The fence is up: nobody gets into the database, and who was in it is out.")
        lines.append("`/verify` and `/restore` get in all the same; a backup does not.")
    else:
        lines.append(f"{escape(outcome.did)}. The database itself is open.")
    return lines


def _sessions(inside: tuple[str, ...] | None) -> str:
    if inside is None:
        return "Who is in it now is not known."
    if not inside:
        return "Nobody is in it now, but for Secondkey."
    named = escape(wording.listed(list(inside), SOME))
    return f"⚠️ {wording.plural(len(inside), 'session')} still in it: {named}"


def _standing(one: Standing) -> list[str]:
    since = _since(one.now) if one.now else "not stopped by Secondkey"
    again = [f"→ `/traffic start {one.database} REASON`"] if one.now else []
    return [f"*{code(one.database)}* · {since}", _sessions(one.inside), *again]


def _since(now: Stopped) -> str:
    how = "by the fence" if now.fenced else "by command"
    why = f": {escape(clip(now.reason, WORDS))}" if now.reason else ""
    return f"Traffic is stopped {how}, by {who(now.by)} since {date(now.since)}{why}"


def _commands(what: str, commands: tuple[Command, ...]) -> Lines:
    shown = [code(clip(" ".join(command), WORDS)) for command in commands]
    return (f"{what}: {'; '.join(_some(shown))}",) if shown else ()


def _some(what: Sequence[str]) -> list[str]:
    more = len(what) - SOME
    return [*what[:SOME], *([f"and {more:,} more"] if more > 0 else [])]
