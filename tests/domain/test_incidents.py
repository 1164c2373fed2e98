"""Incidents: how they are asked for, named, timed, and what is evidence."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.findings import Code, Finding, finding
from bot.domain.incidents import evidence
from bot.domain.incidents.grammar import (
    CloseIncident,
    GiveRole,
    IncidentStatus,
    ListIncidents,
    Note,
    OpenIncident,
    Update,
    parse,
)
from bot.domain.incidents.incident import Count, Evidence, Incident, Kind, Role, kind_of
from bot.domain.incidents.incident import Stage as IncidentStage
from bot.domain.incidents.log import Logged, entries_of
from bot.domain.incidents.naming import channel_names
from bot.domain.incidents.pace import draft_due, update_due
from bot.domain.incidents.timeline import Entry, Source, merged
from bot.domain.observation import Unreadable
from bot.domain.restoring.changes import Change
from bot.errors import NotFound, UsageError
from tests import builders
from tests.builders import NOON

ONE, TWO = ["projectledger"], ["projectledger", "crm"]
ZERO = finding(Code.ROWS_ZERO, "User", "1,204 → 0")
INCIDENT = Incident(
    id="inc-4k7d2m9x",
    database="projectledger",
    kind=Kind.DATA_LOSS,
    stage=IncidentStage.OPEN,
    what="data is missing: User",
    opened_by="secondkey",
    opened_at=NOON,
)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("list", ListIncidents()),
        ("open users see nothing", OpenIncident(database="projectledger", what="users see nothing")),
        ("OPEN ProjectLedger it is empty", OpenIncident(database="projectledger", what="it is empty")),
        ("", IncidentStatus(database="projectledger")),
        ("role lead", GiveRole(database="projectledger", role=Role.LEAD)),
        ("role projectledger scribe @Jo", GiveRole(database="projectledger", role=Role.SCRIBE, person="@Jo")),
        ("note the import ran", Note(database="projectledger", text="the import ran")),
        ("close it is over", CloseIncident(database="projectledger", reason="it is over")),
        ("close anyway give up", CloseIncident(database="projectledger", reason="give up", anyway=True)),
    ],
)
def test_where_one_database_is_protected_it_need_not_be_named(text: str, command: object) -> None:
    assert parse(text, ONE) == command


def test_in_its_channel_an_incident_takes_every_word_as_its_text() -> None:
    assert parse("note crm is fine", TWO, "projectledger") == Note(
        database="projectledger", text="crm is fine"
    )
    assert parse("update projectledger is back", TWO, "projectledger") == Update(
        database="projectledger", text="projectledger is back"
    )
    assert parse("role lead <@U00000001>", TWO, "projectledger") == GiveRole(
        database="projectledger", role=Role.LEAD, person="<@U00000001>"
    )
    assert parse("status crm", TWO, "projectledger") == IncidentStatus(database="crm")
    assert parse("close done", TWO, "projectledger") == CloseIncident(database="projectledger", reason="done")
    assert parse("close projectledger is back", TWO, "projectledger") == CloseIncident(
        database="projectledger", reason="projectledger is back"
    )
    assert parse("close ProjectLedger anyway give up", TWO, "projectledger") == CloseIncident(
        database="projectledger", reason="give up", anyway=True
    )


def test_what_people_tell_each_other_is_never_cut() -> None:
    long = "x" * 4000
    assert parse(f"note {long}", ONE) == Note(database="projectledger", text=long)


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("opne it is empty", UsageError, "open"),
        ("role boss @Jo", UsageError, "lead, comms, scribe, dba"),
        ("role leed @Jo", UsageError, "lead"),
        ("role", UsageError, "lead, comms, scribe, dba"),
        ("list all", UsageError, "/incident list"),
    ],
)
def test_what_is_mistyped_is_answered_with_what_was_meant(
    text: str, error: type[UsageError], hint: str
) -> None:
    with pytest.raises(error) as raised:
        parse(text, ONE)
    assert hint in raised.value.hint


def test_where_several_are_protected_one_is_named() -> None:
    with pytest.raises(NotFound):
        parse("open users see nothing", TWO)


def test_a_channel_is_named_by_date_database_and_kind_and_takes_a_number_where_that_is_taken() -> None:
    names = channel_names(INCIDENT)
    assert next(names) == "inc-2025-10-08-projectledger-data-loss"
    assert next(names) == "inc-2025-10-08-projectledger-data-loss-2"
    long = list(channel_names(replace(INCIDENT, database="a_very.long-" * 10)))
    assert max(map(len, long)) <= 80
    assert all(each.replace("-", "").isalnum() and each.islower() for each in long)
    assert len(set(long)) == len(long)


def test_another_database_in_its_place_is_told_from_lost_rows() -> None:
    recreated = finding(Code.IDENTITY_RECREATED, "projectledger", "created 4 min ago")
    assert kind_of([recreated]) is Kind.WRONG_DATABASE
    assert kind_of([recreated, ZERO]) is Kind.DATA_LOSS
    assert kind_of([ZERO]) is Kind.DATA_LOSS
    assert kind_of([finding(Code.IDENTITY_ABSENT, "ledger", "is gone")]) is Kind.DATA_LOSS


def test_what_was_found_first_stays_and_what_nobody_counted_is_no_loss() -> None:
    uncounted = finding(Code.ROWS_UNREADABLE, "Huge", "not counted in time")
    gone = finding(Code.SCHEMA_MISSING_TABLE, "Invoice", "18,442 rows before")
    assert evidence.found([ZERO], [gone, uncounted, replace(ZERO, detail="1,204 → 3")]) == (
        replace(ZERO, detail="1,204 → 3"),
        gone,
    )


def counted(*findings: Finding) -> tuple[Count, ...]:
    now = builders.state(builders.table("User", 0), builders.table("Plan", 2), builders.table("Huge", None))
    before = builders.baseline(
        builders.table("User", 1204),
        builders.table("Invoice", 18_442),
        builders.table("Plan", 3),
        builders.table("Huge", 1_000_000),
    )
    return evidence.counts(builders.observation(now, before), findings)


def test_tables_that_were_found_are_shown_with_their_rows_before_and_now_the_worst_first() -> None:
    found = [finding(Code.ROWS_ZERO, name, "…") for name in ("User", "Invoice", "Huge")]
    assert counted(*found) == (
        Count(table="Invoice", before=18_442, now=None),
        Count(table="User", before=1204, now=0),
    )
    assert counted() == ()


def test_of_a_database_that_cannot_be_read_nothing_is_counted() -> None:
    away = Unreadable(code=Code.IDENTITY_UNREACHABLE, reason="nobody answers", hint="")
    assert evidence.counts(builders.observation(away), [ZERO]) == ()
    unread = Evidence(looked_at=NOON, unread="nobody answers", findings=(ZERO,))
    assert evidence.rows_lost(unread) is None


def deployment(began: datetime | None) -> Deployment:
    return Deployment(
        id="op-11111111",
        database="projectledger",
        release="v1.3.0",
        opened_by="cli:ci",
        stage=Stage.CLOSED,
        created_at=NOON,
        opened_at=began,
    )


def test_a_deployment_is_named_only_where_it_was_let_through_shortly_before() -> None:
    near = deployment(NOON - timedelta(minutes=4))
    found = evidence.suspect([deployment(None), near], NOON)
    assert found is not None
    assert (found.release, found.by, found.stage) == ("v1.3.0", "cli:ci", "closed")
    for began in (None, NOON - timedelta(hours=7), NOON + timedelta(minutes=1)):
        assert evidence.suspect([deployment(began)], NOON) is None


def test_the_way_back_says_what_would_come_and_go_only_where_that_is_known() -> None:
    backup = builders.backup(proof={"restore_seconds": 40.0})
    users = Change(table=builders.table_name("User"), now=3, then=1204, written=3)
    known = evidence.way_back(backup, "restore-tested · healthy", None, [users])
    assert (known.comes_back, known.tables, known.goes_aside, known.seconds) == (1201, 1, 3, 40.0)
    drill = builders.drill(at=backup.proof.at + timedelta(days=1), seconds=52.0)
    unknown = evidence.way_back(backup, "restore-tested · healthy", drill, None)
    assert (unknown.seconds, unknown.tried) == (52.0, "last drill")
    assert (unknown.comes_back, unknown.tables, unknown.goes_aside) == (None, None, None)


def test_readers_from_outside_see_what_was_found_and_no_figures() -> None:
    whole = Evidence(looked_at=NOON, findings=(ZERO,), counts=(Count(table="User", before=1204, now=0),))
    assert "1,204" not in repr(evidence.without_counts(whole)).replace("1204", "1,204")
    assert evidence.without_counts(whole).findings[0].subject == "User"


def test_people_are_asked_for_news_after_so_long_without_a_word_and_not_again_at_once() -> None:
    half_an_hour = timedelta(minutes=30)
    later = NOON + half_an_hour
    assert not update_due(INCIDENT, later - timedelta(seconds=1), half_an_hour)
    assert update_due(INCIDENT, later, half_an_hour)
    for said in ({"updated_at": later}, {"reminded_at": later}):
        asked = replace(INCIDENT, **said)
        assert not update_due(asked, later + timedelta(minutes=29), half_an_hour)
        assert update_due(asked, later + half_an_hour, half_an_hour)
    assert draft_due(INCIDENT, later, half_an_hour)
    assert not draft_due(replace(INCIDENT, drafted_at=later), later, half_an_hour)


def entry(key: str, at: datetime, recorded_at: datetime | None = None, text: str = "") -> Entry:
    return Entry(key=key, at=at, recorded_at=recorded_at or at, by="U00000001", source=Source.NOTE, text=text)


def test_a_timeline_is_in_the_order_of_events_however_late_they_were_written_down() -> None:
    early, late = NOON, NOON + timedelta(minutes=5)
    noted_late = entry("note:1", early, late + timedelta(hours=1))
    assert merged([entry("log:7", late)], [noted_late]) == (noted_late, entry("log:7", late))


def test_what_two_sources_have_is_there_once_as_it_was_recorded_last() -> None:
    newer = entry("pin:C1:1", NOON, NOON + timedelta(minutes=1), "edited")
    assert merged([newer], [entry("pin:C1:1", NOON, text="first")]) == (newer,)


def logged(action: str, **detail: object) -> list[str]:
    entries = entries_of([Logged(number=7, at=NOON, actor="secondkey", action=action, detail=detail)])
    return [f"{each.key} {each.source} {each.text}" for each in entries]


def test_the_log_is_told_in_plain_words_and_without_what_nobody_needs() -> None:
    assert logged("alert.opened", codes=["rows.zero"]) == ["log:7 alert alert: rows.zero"]
    assert logged("alert.resolved", cause="ledger/data") == ["log:7 alert alert is over: ledger/data"]
    assert logged("restore.done", source="B-1", rows=1204, seconds=0.084) == [
        "log:7 restore restored from B-1, 1,204 rows, outage 84 ms"
    ]
    assert logged("deployment.opened", release="v1.3.0") == [
        "log:7 deployment deployment let through: v1.3.0"
    ]
    assert logged("vote.approve", request="op-1") == ["log:7 vote voted for it, request op-1"]
    assert logged("restore.done") == ["log:7 restore restored"]
    assert logged("catalogue.rebuilt", found=3) == []


def test_of_a_database_that_is_gone_every_table_counts_and_what_was_worse_stays() -> None:
    before = builders.baseline(builders.table("User", 1204), builders.table("Plan", 3))
    absent = Unreadable(code=Code.IDENTITY_ABSENT, reason="there is no such database", hint="")
    gone = finding(Code.IDENTITY_ABSENT, "projectledger", "dropped")
    all_gone = evidence.counts(builders.observation(absent, before), [gone])
    assert all_gone == (Count(table="User", before=1204, now=None), Count(table="Plan", before=3, now=None))
    partly = builders.observation(builders.state(builders.table("User", 1000)), before)
    assert evidence.counts(partly, [gone], all_gone) == all_gone
    assert evidence.rows_lost(Evidence(looked_at=NOON, counts=all_gone)) == 1207
