"""Which backups have served their time: a good way back always stays, whatever else there is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.retention import FLOORS, Policy, Situation, judge, lowered, over, stricter
from tests import builders

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
NONE = Policy(keep_last=1, keep_daily=0, keep_weekly=0, keep_monthly=0, keep_others=0)


def made(at: datetime, letters: str = "aaaa", **how: object) -> Backup:
    return builders.backup(f"B-{at:%Y%m%d-%H%M%S}-{letters}", **how)  # type: ignore[arg-type]


def daily(days: int, **how: object) -> list[Backup]:
    """One each night at two, the newest first."""
    return [made(NOW - timedelta(days=n, hours=2), **how) for n in range(days)]


def situation(
    held: dict[str, str] | None = None, *, troubled: bool = False, zone: str = "UTC", now: datetime = NOW
) -> Situation:
    return Situation(now=now, zone=ZoneInfo(zone), held=held or {}, troubled=troubled)


def kept(backups: list[Backup], policy: Policy, at: Situation | None = None) -> list[Backup]:
    gone = set(over(judge(backups, policy, at or situation())))
    return [backup for backup in backups if backup not in gone]


def test_the_newest_of_each_day_week_and_month_stay() -> None:
    backups = daily(100)
    days = [backup.manifest.created_at.date() for backup in kept(backups, Policy(keep_last=2))]
    assert days[:14] == [(NOW - timedelta(days=n)).date() for n in range(14)]
    assert [day.isoformat() for day in days[14:]] == [
        "2026-02-15", "2026-02-08", "2026-02-01", "2026-01-31", "2026-01-25", "2026-01-18", "2026-01-11",
        "2025-12-31", "2025-11-30",
    ]  # fmt: skip


def test_days_without_a_backup_take_no_place() -> None:
    backups = [made(NOW - timedelta(days=n)) for n in (0, 30, 60)]
    assert kept(backups, Policy(keep_last=1, keep_daily=3, keep_weekly=0, keep_monthly=0)) == backups


@pytest.mark.parametrize(("zone", "days"), [("UTC", 1), ("Asia/Tokyo", 2)])
def test_a_day_is_that_of_the_time_zone(zone: str, days: int) -> None:
    backups = [made(datetime(2026, 2, 27, hour, 30, tzinfo=UTC)) for hour in (20, 10)]
    policy = Policy(keep_last=1, keep_daily=7, keep_weekly=0, keep_monthly=0)
    assert len(kept(backups, policy, situation(zone=zone))) == days


@pytest.mark.parametrize(
    "how",
    [
        {"health": Health.SUSPECT},
        {"health": Health.UNKNOWN},
        {"kind": Kind.EMERGENCY},
        {"level": Level.READ},
    ],
)
def test_what_is_not_proven_good_pushes_no_good_one_out_and_has_its_own_end(how: dict[str, object]) -> None:
    good = [made(NOW - timedelta(days=90 + n), "good") for n in range(3)]
    others = daily(40, **how)
    policy = Policy(keep_last=3, keep_daily=0, keep_weekly=0, keep_monthly=0, keep_others=10)
    assert kept([*others, *good], policy) == [*others[:10], *good]
    fewer = Policy(keep_others=100, keep_others_for=timedelta(days=5))
    assert kept([*others, *good], fewer)[:6] == [*others[:5], good[0]]


def test_the_newest_of_the_others_stays_while_something_is_wrong() -> None:
    good, other = made(NOW), made(NOW - timedelta(days=90), kind=Kind.EMERGENCY)
    assert kept([good, other], NONE) == [good]
    assert kept([good, other], NONE, situation(troubled=True)) == [good, other]


def test_where_none_is_proven_good_nothing_goes() -> None:
    backups = daily(100, health=Health.UNKNOWN)
    assert kept(backups, NONE) == backups


def test_a_corrupt_one_stays_until_people_say_otherwise() -> None:
    good, corrupt = made(NOW), made(NOW - timedelta(days=400), corrupt="it differs")
    assert kept([good, corrupt], NONE) == [good, corrupt]


def test_what_something_refers_to_stays_and_says_so() -> None:
    backups = daily(5)
    judged = judge(backups, NONE, situation({backups[4].id: "pinned by jo: audit"}))
    assert [each.stays for each in judged] == [
        "the newest that is proven good", "", "", "", "pinned by jo: audit",
    ]  # fmt: skip


policies = st.builds(
    Policy,
    keep_last=st.integers(1, 5),
    keep_daily=st.integers(0, 5),
    keep_weekly=st.integers(0, 4),
    keep_monthly=st.integers(0, 4),
    keep_others=st.integers(0, 5),
    keep_others_for=st.integers(1, 60).map(lambda days: timedelta(days=days)),
)
#: Hours before now, and what each is like.
histories = st.lists(
    st.tuples(
        st.integers(0, 24 * 200),
        st.sampled_from(["good", "suspect", "unknown", "emergency", "read", "corrupt"]),
    ),
    max_size=25,
    unique_by=lambda each: each[0],
).map(lambda found: [_like(hours, kind) for hours, kind in sorted(found)])


def _like(hours: int, kind: str) -> Backup:
    at = NOW - timedelta(hours=hours)
    match kind:
        case "suspect" | "unknown":
            return made(at, health=Health(kind))
        case "emergency":
            return made(at, kind=Kind.EMERGENCY)
        case "read":
            return made(at, level=Level.READ)
        case "corrupt":
            return made(at, corrupt="it differs")
        case _:
            return made(at)


@given(histories, policies)
def test_the_newest_good_one_always_stays(backups: list[Backup], policy: Policy) -> None:
    stays = kept(backups, policy)
    assert [each for each in backups if each.proven_good][:1] == [each for each in stays if each.proven_good][
        :1
    ]
    assert bool(stays) == bool(backups)


@given(histories, policies, policies)
def test_higher_floors_keep_more(backups: list[Backup], one: Policy, other: Policy) -> None:
    both = stricter(one, other)
    assert not lowered(one, both)
    assert {each.id for each in kept(backups, both)} >= {
        each.id for policy in (one, other) for each in kept(backups, policy)
    }


@given(histories, policies)
def test_whoever_looks_twice_deletes_no_more(backups: list[Backup], policy: Policy) -> None:
    stays = kept(backups, policy)
    assert kept(stays, policy) == stays


@given(histories, policies)
def test_what_is_not_good_changes_nothing_for_what_is(backups: list[Backup], policy: Policy) -> None:
    good = [each for each in backups if each.proven_good]
    assert [each for each in kept(backups, policy) if each.proven_good] == kept(good, policy)


@given(histories, policies, st.data())
def test_what_is_held_stays_and_lets_no_other_go(
    backups: list[Backup], policy: Policy, data: st.DataObject
) -> None:
    held = data.draw(st.sets(st.sampled_from(backups or [made(NOW)])))
    found = kept(backups, policy, situation({each.id: "held" for each in held}))
    assert set(found) == set(kept(backups, policy)) | (held & set(backups))


@given(policies, policies)
def test_a_policy_is_lowered_by_whatever_becomes_less(before: Policy, after: Policy) -> None:
    less = {name for name in FLOORS if getattr(after, name) < getattr(before, name)}
    assert set(lowered(before, after)) == less
    assert (stricter(before, after) == after) == (not less)
