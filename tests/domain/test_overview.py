"""A database at a glance: what is bad or not known is never shown as well."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.domain.backup import Health
from bot.domain.findings import Code, Outcome, finding
from bot.domain.overview import Glance, Overview, Verified
from bot.domain.restoring.traffic import Stopped
from tests.builders import NOON, backup, baseline, drill, table

MADE = backup("B-20251008-110000-abcd", table("User", 12))
DRILL = drill(database="crm", backup_id=MADE.id)
WELL = Overview(
    database="crm",
    environment="production",
    baseline=baseline(table("User", 12)),
    verified=Verified(outcome=Outcome.PASS, at=NOON, rows=12),
    newest=MADE,
    newest_good=MADE,
    drill=DRILL,
)


def alert(code: Code) -> Alert:
    return Alert(
        id="al-1",
        cause=Cause(matter=Matter.SERVER, database="crm"),
        sightings=(Sighting(finding=finding(code, "crm", "it is so"), at=NOON),),
        sure="counted",
        since=NOON,
        seen_at=NOON,
        aloud_at=NOON,
    )


def verified(outcome: Outcome) -> Verified:
    return Verified(outcome=outcome, at=NOON, rows=12)


BEFORE_IT_WAS_PINNED = replace(verified(Outcome.BLOCK), at=NOON - timedelta(days=2))


@pytest.mark.parametrize(
    ("glance", "other"),
    [
        (Glance.ALL_WELL, {}),
        (Glance.ALL_WELL, {"verified": None, "looked_at": NOON}),
        (Glance.IN_DANGER, {"alerts": (alert(Code.ROWS_ZERO),)}),
        (Glance.IN_DANGER, {"verified": verified(Outcome.BLOCK)}),
        (Glance.IN_DANGER, {"stopped": Stopped(by="U00000001", since=NOON)}),
        (Glance.NOT_KNOWN, {"verified": None}),
        (Glance.NOT_KNOWN, {"verified": BEFORE_IT_WAS_PINNED}),
        (Glance.ALL_WELL, {"verified": BEFORE_IT_WAS_PINNED, "looked_at": NOON}),
        (Glance.NOT_KNOWN, {"baseline": None, "verified": verified(Outcome.BLOCK)}),
        (Glance.NEEDS_ATTENTION, {"alerts": (alert(Code.SERVER_SLOT_INACTIVE),)}),
        (Glance.NEEDS_ATTENTION, {"verified": verified(Outcome.WARN)}),
        (Glance.NEEDS_ATTENTION, {"newest_good": None}),
        (Glance.NEEDS_ATTENTION, {"newest": backup(health=Health.SUSPECT)}),
        (Glance.NEEDS_ATTENTION, {"newest": replace(MADE, damage="the archive is gone")}),
        (Glance.NEEDS_ATTENTION, {"drill": replace(DRILL, seconds=None, problem="the disk is full")}),
    ],
)
def test_a_glance_tells_the_worst_that_is_known(glance: Glance, other: dict[str, Any]) -> None:
    assert replace(WELL, **other).glance is glance


def test_the_latest_full_count_is_that_of_a_verification_or_of_a_backup() -> None:
    at = MADE.manifest.created_at
    assert WELL.counted == (NOON, 12)
    assert replace(WELL, verified=Verified(outcome=Outcome.PASS, at=NOON, rows=None)).counted == (at, 12)
    uncounted = backup("B-20251008-110000-abcd", table("User", None))
    assert replace(WELL, verified=None, newest=uncounted).counted is None
