"""The App Home: one card for each protected database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import wording
from bot.domain.backup import Backup
from bot.domain.operation import Operation
from bot.domain.restoring.traffic import Stopped
from bot.slack.blocks import (
    Block,
    Message,
    actions,
    code,
    context,
    date,
    divider,
    escape,
    header,
    section,
)
from bot.slack.views.common import backup_now, proof, verify
from bot.slack.views.replies import running
from bot.slack.views.traffic import halted

#: So many cards fit within the limits of a message, which `published` keeps.
CARDS = 12
_LIGHT = {"pass": "🟢 passed", "warn": "🟠 passed with warnings", "block": "🔴 blocked"}


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is known of one database, without asking it."""

    database: str
    environment: str
    #: when it was accepted as the right one; None while nobody did
    pinned_at: datetime | None
    newest: Backup | None
    #: what a restore would take by default
    default: Backup | None
    #: of the last verification: `pass`, `warn`, `block`, or empty where there was none
    verdict: str
    verified_at: datetime | None
    #: None where Secondkey stopped no traffic
    stopped: Stopped | None = None


def home(cards: Sequence[Card], open_now: Sequence[Operation], now: datetime) -> Message:
    """What is known of the databases that one person may ask about."""
    blocks: list[Block] = [
        header("Secondkey"),
        *([section("*Running now*", *running(open_now))] if open_now else []),
        context(f"As of {date(now)}{'' if open_now else ' · nothing is running'}"),
    ]
    if not cards:
        blocks.append(
            section("None of the protected databases is open to you: ask who configured Secondkey.")
        )
    for card in sorted(cards, key=_calm)[:CARDS]:
        blocks += [divider(), *_card(card, now)]
    if len(cards) > CARDS:
        blocks.append(context(f"and {len(cards) - CARDS:,} more: `/secondkey verify DATABASE`"))
    return Message(text="Secondkey", blocks=tuple(blocks))


def published(message: Message) -> dict[str, Any]:
    """The view that `views.publish` takes; a refusal is shown in the home's place, too."""
    return {"type": "home", "blocks": list(message.limited().blocks)}


def _calm(card: Card) -> int:
    """What blocks or is stopped comes first, then what nobody accepted or verified yet."""
    if card.verdict == "block" or card.stopped:
        return 0
    return 2 if card.pinned_at and card.verified_at else 1


def _card(card: Card, now: datetime) -> list[Block]:
    return [
        section(f"*{code(card.database)}* · {escape(card.environment)}", *_lines(card, now)),
        actions(verify(card.database), backup_now(card.database)),
    ]


def _lines(card: Card, now: datetime) -> list[str]:
    if card.verified_at is None:
        verified = "Verified: never"
    else:
        light = _LIGHT.get(card.verdict, escape(card.verdict))
        verified = f"Verified: {light}, {wording.ago(card.verified_at, now)}"
    pinned = (
        f"Accepted: {wording.ago(card.pinned_at, now)}"
        if card.pinned_at
        else f"Accepted: not yet, `/verify {card.database}` asks"
    )
    stopped = [halted(card.database, card.stopped)] if card.stopped else []
    return [*stopped, verified, pinned, *_backups(card, now)]


def _backups(card: Card, now: datetime) -> list[str]:
    if card.newest is None:
        return ["Backup: none yet"]
    age = wording.ago(card.newest.manifest.created_at, now)
    lines = [f"Newest backup: {code(card.newest.id)}, {age}, {proof(card.newest)}"]
    if card.default is None:
        lines.append("*No backup is both healthy and restore-tested.*")
    elif card.default.id != card.newest.id:
        lines.append(
            f"Newest proven good: {code(card.default.id)}, "
            f"{wording.ago(card.default.manifest.created_at, now)}"
        )
    return lines
