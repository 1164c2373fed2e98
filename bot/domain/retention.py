"""Which backups have served their time, by a policy; a good way back is never among them.

Only backups that are proven good fill the places that a policy keeps. All others have limits of their own.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from bot import wording
from bot.domain.backup import Backup


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How many backups are kept at least; each number is a floor that two keys lower."""

    #: the newest good ones
    keep_last: int = 7
    #: the newest good one of so many days, weeks and months that have one
    keep_daily: int = 14
    keep_weekly: int = 8
    keep_monthly: int = 12
    #: of the suspect, unknown, unproven and emergency ones at most so many, and for so long at most
    keep_others: int = 20
    keep_others_for: timedelta = timedelta(days=30)


FLOORS = tuple(field.name for field in fields(Policy))


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What else decides beside the policy."""

    now: datetime
    #: whose days, weeks and months are counted
    zone: tzinfo
    #: backups that something open refers to, or that people pinned: id → who or what holds it
    held: Mapping[str, str]
    #: an incident or an alert of the database is open
    troubled: bool


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One backup, and why it stays."""

    backup: Backup
    #: in words, the first that was found; empty where its time is over
    stays: str


def judge(backups: Sequence[Backup], policy: Policy, situation: Situation) -> tuple[Judged, ...]:
    """`backups` are one database's, newest first; so are the answers.

    Where none is proven good, all stay: nobody knows then what else there is to go back to. A corrupt one
    stays as well: what is wrong with it may be mended, and what it was worth is not known.
    """
    good = [backup for backup in backups if backup.proven_good]
    others = [backup for backup in backups if not backup.proven_good and not backup.corrupt]
    stays = {
        **_kept_others(others, policy, situation),
        **_kept(good, policy, situation.zone),
        **situation.held,
    }
    return tuple(
        Judged(backup=backup, stays=stays.get(backup.id, "") or _at_any_rate(backup, good))
        for backup in backups
    )


def over(judged: Iterable[Judged]) -> tuple[Backup, ...]:
    """Those whose time is over."""
    return tuple(each.backup for each in judged if not each.stays)


def lowered(before: Policy, after: Policy) -> tuple[str, ...]:
    """The names of the floors that `after` lowers."""
    return tuple(name for name in FLOORS if getattr(after, name) < getattr(before, name))


def stricter(before: Policy, after: Policy) -> Policy:
    """Of each floor the higher one."""
    return Policy(**{name: max(getattr(before, name), getattr(after, name)) for name in FLOORS})


def as_json(policy: Policy) -> dict[str, int]:
    """Numbers of backups; `keep_others_for` in seconds."""
    return {name: _number(getattr(policy, name)) for name in FLOORS}


def in_words(policy: Policy) -> tuple[str, ...]:
    """`keep_daily = 14`."""
    return tuple(f"{name} = {value}" for name, value in zip(FLOORS, values(policy, FLOORS), strict=True))


def values(policy: Policy, names: Iterable[str]) -> tuple[str, ...]:
    """`14`, `30 days`."""
    return tuple(_value(getattr(policy, name)) for name in names)


def _kept(good: Sequence[Backup], policy: Policy, zone: tzinfo) -> dict[str, str]:
    """The newest good one always has a place; each place has its reason, the first one counts."""

    def day(at: datetime) -> Hashable:
        return at.date()

    def week(at: datetime) -> Hashable:
        return at.isocalendar()[:2]

    def month(at: datetime) -> Hashable:
        return at.year, at.month

    kept: dict[str, str] = {}
    for number, of, why in (
        (policy.keep_monthly, month, "the last of its month"),
        (policy.keep_weekly, week, "the last of its week"),
        (policy.keep_daily, day, "the last of its day"),
    ):
        kept |= {backup.id: why for backup in _newest_of_each(good, of, zone, number)}
    kept |= {backup.id: "one of the newest" for backup in good[: policy.keep_last]}
    return kept | {backup.id: "the newest that is proven good" for backup in good[:1]}


def _newest_of_each(
    good: Sequence[Backup], of: Callable[[datetime], Hashable], zone: tzinfo, number: int
) -> Iterable[Backup]:
    newest: dict[Hashable, Backup] = {}
    for backup in good:
        newest.setdefault(of(backup.manifest.created_at.astimezone(zone)), backup)
    return islice(newest.values(), number)


def _kept_others(others: Sequence[Backup], policy: Policy, situation: Situation) -> dict[str, str]:
    oldest = situation.now - policy.keep_others_for
    young = [backup for backup in others if backup.manifest.created_at > oldest]
    kept = {backup.id: "its own time is not over" for backup in young[: policy.keep_others]}
    evidence = others[:1] if situation.troubled else []
    return kept | {backup.id: "the newest of its kind, while an alert is open" for backup in evidence}


def _at_any_rate(backup: Backup, good: Sequence[Backup]) -> str:
    if not good:
        return "no backup is proven good"
    return "corrupt: it may be mended" if backup.corrupt else ""


def _number(value: Any) -> int:
    return int(value.total_seconds()) if isinstance(value, timedelta) else int(value)


def _value(value: Any) -> str:
    return wording.duration(value) if isinstance(value, timedelta) else str(value)
