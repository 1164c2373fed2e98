"""Who follows a server, and for whom it keeps its log."""

from bot import wording
from bot.domain.observation import Replica, ServerFacts, Slot
from bot.slack.blocks import code, escape

#: How many replicas and slots are named, those furthest behind first, before the rest is only counted.
NAMED = 4


def replication(facts: ServerFacts) -> list[str]:
    """A line for the replicas and one for the slots; nothing where there are none."""
    return [
        *_line("Replicas", [_replica(each) for each in facts.replicas]),
        *_line("Replication slots", [_slot(each) for each in facts.slots]),
    ]


def _line(title: str, told: list[str]) -> list[str]:
    more = [f"{len(told) - NAMED:,} more"] if len(told) > NAMED else []
    return [f"{title}: {'; '.join([*told[:NAMED], *more])}"] if told else []


def _replica(replica: Replica) -> str:
    return f"{code(replica.name)} {escape(replica.state)}, {escape(replica.sync)}, {_behind(replica)}"


def _behind(replica: Replica) -> str:
    if replica.lag is None or replica.behind_bytes is None:
        return "how far it is behind is not known yet"
    if replica.behind_bytes == 0:
        return "up to date"
    return f"{wording.duration(replica.lag)} and {wording.size(replica.behind_bytes)} behind"


def _slot(slot: Slot) -> str:
    kept = f", keeps {wording.size(slot.kept_bytes)}" if slot.kept_bytes is not None else ""
    return f"{code(slot.name)} {'in use' if slot.active else 'inactive'}{kept}"
