"""What could be restored, for one person alone; the form that asks why; where people will decide."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import wording
from bot.domain.backup import Backup
from bot.domain.restoring.changes import Change
from bot.domain.restoring.made import Made
from bot.domain.words import REASON_CHARS
from bot.slack.blocks import Block, Message, actions, code, context, date, escape, form, header, section
from bot.slack.views.common import effect, proof, restore

#: How many set-aside databases are named.
ASIDE = 3


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A database that was set aside."""

    aside: Made
    #: None where that is not known
    size_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Card:
    """What could be restored of one database."""

    database: str
    environment: str
    #: of the verdict now: its words, or why there is none
    verdict: str
    #: what would be proposed, and up to two older ones that are proven good
    proposed: Backup | None
    older: tuple[Backup, ...] = ()
    #: what the proposed one would change; None where the live database could not be read
    changes: tuple[Change, ...] | None = None
    #: why nothing can be said of that
    problem: str = ""
    #: what earlier restores set aside
    kept: tuple[Kept, ...] = ()


def cards(shown: Sequence[Card], now: datetime) -> Message:
    """`/restore` alone: what could be asked for; nothing is started."""
    text = "What could be restored"
    if not shown:
        return Message(text=text, blocks=(section("None of the protected databases is open to you."),))
    blocks = [block for card in shown for block in (*_card(card, now), *_kept(card))]
    return Message(text=text, blocks=(header(text), *blocks, context("Nothing was started.")))


def _card(card: Card, now: datetime) -> list[Block]:
    heading = f"*{code(card.database)}* · {escape(card.environment)} · {escape(card.verdict)}"
    if card.proposed is None:
        return [
            section(
                heading,
                f"No backup is both healthy and restore-tested: `/backup list {card.database}` says why.",
            )
        ]
    # A block holds an action once: each backup has its button in one of its own.
    return [
        section(heading, _offer(card.proposed, now), _effect(card)),
        actions(restore(card.proposed, label=f"Ask for {card.proposed.id}", primary=True)),
        *(
            block
            for backup in card.older
            for block in (
                section(f"or {_offer(backup, now)}"),
                actions(restore(backup, label=f"Ask for {backup.id}")),
            )
        ),
    ]


def _kept(card: Card) -> list[Block]:
    if not card.kept:
        return []
    shown = [
        " · ".join((
            code(each.aside.name),
            *([wording.size(each.size_bytes)] if each.size_bytes is not None else []),
            f"until {date(each.aside.keep_until)}",
        ))
        for each in card.kept[:ASIDE]
    ]  # fmt: skip
    more = [f"and {len(card.kept) - ASIDE:,} more"] if len(card.kept) > ASIDE else []
    undo, drop = f"/restore undo {card.database} REASON", f"/restore drop {card.database} NAME REASON"
    return [
        section(
            f"Set aside: {shown[0]}",
            *shown[1:],
            *more,
            f"→ The newest comes back: {code(undo)} · one goes early: {code(drop)}",
        )
    ]


def _offer(backup: Backup, now: datetime) -> str:
    return f"*{backup.id}* · {wording.ago(backup.manifest.created_at, now)} · {proof(backup)}"


def _effect(card: Card) -> str:
    """What would come back, and what would go aside."""
    if card.changes is None:
        return f"What it would change is not known: {escape(card.problem)}"
    back = [each.gain for each in card.changes if each.gain > 0]
    return effect(sum(back), len(back), sum(each.goes for each in card.changes))


def reason_form(command: str, words: str, channel: str, *, alone: bool = False) -> Block:
    """Asks for the reason that was left out; `words` is what followed the command. `alone`: one person is
    enough."""
    return form(
        f"{command}_reason",
        "Say why" if alone else "Ask a second person",
        "Why? It is shown to everybody." if alone else "Why? A second person decides by it.",
        submit="Send" if alone else "Ask",
        most=REASON_CHARS,
        private=json.dumps({"words": words, "channel": channel}),
    )


def planning(database: str, channel: str) -> Message:
    """The private answer: where people will decide."""
    text = f"Planning a restore of {database}: the request appears in <#{channel}>"
    return Message(
        text=text,
        blocks=(
            section(
                f"Planning a restore of {code(database)}: the request appears in <#{channel}>.",
                "What stands in its way is told to you alone.",
            ),
        ),
    )
