"""What an approval is bound to, and whether that still holds when it is carried out.

Source of the rule: docs/approvals.md, rule 6. Whatever is not in here is shown, and may move.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot import wording

#: How much of a value is shown of what changed.
_SHOWN_CHARS = 60
#: How many changes are told.
_TOLD = 5
_ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an operation found out about what it will do."""

    #: JSON that must be the same when it acts: the target's identity, the backup's checksum …
    bound: Mapping[str, Any]
    #: table → rows that will go: a little more may go by then
    losses: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How many more rows than shown may go: the larger of a share of them and a number."""

    share: float = 0.01
    rows: int = 10

    def above(self, shown: int) -> int:
        return shown + max(int(shown * self.share), self.rows)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the approval itself is bound to, whatever is approved."""

    #: what is done: the operation's kind
    action: str
    database: str
    #: the workspace's id
    team: str
    #: how many people besides the requester
    approvals: int
    #: as configured
    approvers: tuple[str, ...]
    #: where people decide, as configured
    channel: str


def bind(terms: Terms, facts: Facts, margin: Margin) -> str:
    """Everything that people approve, as canonical JSON: keys sorted, no spaces, ASCII only."""
    ceilings = {table: margin.above(rows) for table, rows in facts.losses.items()}
    return _canonical(
        {**_terms(terms), "facts": facts.bound, "ceilings": ceilings, "ceiling of others": margin.above(0)}
    )


def digest(bound: str) -> str:
    """SHA-256 in lowercase hexadecimal."""
    return hashlib.sha256(bound.encode()).hexdigest()


def differences(bound: str, terms: Terms, facts: Facts) -> tuple[str, ...]:
    """In words, what is not as it was approved: other facts, and tables above their ceilings."""
    approved = json.loads(bound)
    found = json.loads(_canonical({**_terms(terms), "facts": facts.bound}))
    changed = [word for name in found for word in _changed(_name(name), approved.get(name), found[name])]
    told = [*changed, *_above(approved["ceilings"], approved["ceiling of others"], facts.losses)]
    more = len(told) - _TOLD
    return (*told[:_TOLD], f"and {more:,} more") if more > 0 else tuple(told)


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "action": terms.action,
        "database": terms.database,
        "team": terms.team,
        "policy": {
            "approvals": terms.approvals,
            "approvers": sorted(terms.approvers),
            "channel": terms.channel,
        },
    }


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _name(name: str) -> str:
    """The operation's own facts need no name for their being facts."""
    return "" if name == "facts" else name


def _changed(name: str, approved: Any, found: Any) -> Iterator[str]:
    """Each innermost value that is another by now: `target oid: 16384 → 16502`."""
    if isinstance(approved, dict) and isinstance(found, dict):
        for key in sorted(approved.keys() | found.keys()):
            yield from _changed(f"{name} {key}".strip(), approved.get(key, _ABSENT), found.get(key, _ABSENT))
    elif _value(approved) != _value(found):
        yield f"{name}: {_shown(approved)} → {_shown(found)}"


def _value(value: Any) -> str:
    """As JSON, which tells `true` from 1; empty for what is not there."""
    return "" if value is _ABSENT else _canonical(value)


def _shown(value: Any) -> str:
    if value is None or value is _ABSENT:
        return "not there"
    text = value if isinstance(value, str) else _value(value)
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def _above(ceilings: Mapping[str, int], others: int, losses: Mapping[str, int]) -> Iterator[str]:
    for table, rows in sorted(losses.items()):
        ceiling = ceilings.get(table, others)
        if rows > ceiling:
            yield f"{table}: {wording.plural(rows, 'row')} would go, at most {ceiling:,} were approved"
