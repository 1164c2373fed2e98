"""Failures, help, the App Home and short answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import integers

from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.deploying.gate import Freeze
from bot.domain.findings import Code, Outcome, finding
from bot.domain.incidents.incident import Incident, Stage
from bot.domain.incidents.incident import Kind as IncidentKind
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.overview import Overview, Verified
from bot.domain.restoring.traffic import Stopped
from bot.domain.scheduling.standing import Standing
from bot.errors import CommandFailed, UsageError
from bot.slack.blocks import Message
from bot.slack.commands import with_prefix
from bot.slack.views import backup, digest, failures, home, replies
from bot.slack.views import help as help_view
from bot.slack.views.common import figures
from tests.builders import DATABASE, NOON, baseline, drill, table
from tests.builders import backup as make_backup
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

OPERATION = Operation(
    id="op-abcd1234",
    kind=Kind.BACKUP,
    database=DATABASE,
    progress=Progress.WAITING,
    requested_by="U00000001",
    request={},
    created_at=NOON,
)


def test_a_failure_says_the_state_then_the_next_move() -> None:
    error = CommandFailed("the disk is full; nothing half-made was kept", "free 3 GB\nor name another folder")
    assert readable(check(failures.failed(OPERATION, error, NOON))) == (
        "(🔴 Backup failed · projectledger: the disk is full; nothing half-made was kept)\n"
        "# 🔴 Backup failed · projectledger\n"
        "the disk is full; nothing half-made was kept\n"
        "→ free 3 GB\n"
        "→ or name another folder\n"
        "As of <!date^1759924800^{date_short_pretty} {time}|2025-10-08 12:00 UTC>"
        " · asked by <@U00000001> · op-abcd1234\n"
        "[Verify]"
    )


def test_a_statement_in_a_hint_can_be_copied_as_it_stands() -> None:
    error = UsageError("no right to read", "`GRANT pg_read_all_data TO bot_x` on *that* server")
    shown = readable(check(failures.answer(error)))
    assert "`GRANT pg_read_all_data TO bot_x`" in shown
    assert "*\u200bthat*" in shown


@given(ANYTHING, ANYTHING)
def test_whatever_an_error_says_slack_takes_it(reason: str, hint: str) -> None:
    error = CommandFailed(f"it failed: {reason * 8}", hint * 8)
    check(failures.answer(error))
    assert DATABASE in check(failures.failed(OPERATION, error, NOON)).text[:100]


def test_a_long_reason_leaves_room_for_the_next_move() -> None:
    shown = readable(check(failures.answer(CommandFailed("it failed: " + "x" * 4000, "free 3 GB"))))
    assert shown.endswith("\n→ free 3 GB")


def test_help_is_shown_with_the_names_that_this_workspace_has() -> None:
    for message in (help_view.backup(), help_view.verify(), help_view.everything([OPERATION])):
        shown = readable(check(with_prefix(message, "sk-")))
        assert "`/sk-" in shown
        assert "`/backup" not in shown
        assert "`/verify" not in shown
    everything = help_view.everything([OPERATION])
    assert "Backing up `projectledger` · op-abcd1234 · waiting" in readable(everything)
    assert "`/incident`" in everything.text


def test_an_outcome_for_whoever_asked_is_one_line_where_the_rest_is_and_when_it_was() -> None:
    shown = readable(check(replies.outcome(backup.done(make_backup()), "C00000001")))
    assert shown.splitlines()[1:] == [
        "🟢 Backed up · projectledger: B-20251008-110000-abcd · restore-tested · healthy",
        "All of it is in <#C00000001>.",
        (
            "manual backup · asked by <@U00000001>"
            " | Snapshot of <!date^1759921200^{date_short_pretty} {time}|2025-10-08 11:00 UTC>"
            " | Reason: before v1.3.0"
        ),
    ]


def test_an_outcome_calls_nobody_and_says_where_the_rest_is_however_long_it_is() -> None:
    result = Message(text=f"Dropped: <!channel> {'x' * 4000}")
    shown = readable(check(replies.outcome(result, "C00000001")))
    assert "Dropped: &lt;!channel>" in shown
    assert shown.endswith("All of it is in <#C00000001>.")


def test_an_answer_elsewhere_names_the_place() -> None:
    assert "follow it in <#C00000001>" in readable(check(replies.started_elsewhere(OPERATION, "C00000001")))
    assert "for you alone" in readable(check(replies.started_elsewhere(OPERATION, "U00000001")))


GLANCED = NOON + timedelta(minutes=90)
ALERT = Alert(
    id="al-abcd1234",
    cause=Cause(matter=Matter.DATA, database=DATABASE),
    sightings=(Sighting(finding=finding(Code.ROWS_ZERO, "User", "1,204 → 0"), at=NOON),),
    sure="counted",
    since=NOON + timedelta(minutes=85),
    seen_at=NOON,
    aloud_at=NOON,
    acknowledged_by=("U00000002",),
)
DRILL = drill()
INCIDENT = Incident(
    id="inc-abcd1234",
    database=DATABASE,
    kind=IncidentKind.DATA_LOSS,
    stage=Stage.OPEN,
    what="data is missing",
    opened_by="secondkey",
    channel="C00000009",
    opened_at=NOON + timedelta(minutes=86),
)


def well(name: str = DATABASE, **other: Any) -> Overview:
    """A database of which nothing bad is known."""
    made = make_backup("B-20251008-110000-abcd", table("User", 1204))
    known: dict[str, Any] = {
        "database": name,
        "environment": "production",
        "baseline": baseline(table("User", 1204)),
        "verified": Verified(outcome=Outcome.PASS, at=NOON, rows=1204),
        "looked_at": GLANCED,
        "newest": made,
        "newest_good": made,
        "drill": DRILL,
        "backup_due": GLANCED + timedelta(hours=12, minutes=37),
        "drill_due": GLANCED + timedelta(days=4, hours=3),
    }
    return Overview(**{**known, **other})


def glanced(*databases: Overview, running: Sequence[Operation] = ()) -> str:
    return readable(check(home.home(databases, running, GLANCED)))


def test_the_home_tells_each_database_at_a_glance_and_what_runs() -> None:
    assert glanced(well(), running=[OPERATION]).splitlines()[1:] == [
        "# Secondkey",
        "*Running now*",
        "Backing up `projectledger` · op-abcd1234 · waiting",
        "🟢 1 all well · as of <!date^1759930200^{date_short_pretty} {time}|2025-10-08 13:30 UTC>",
        "-- divider",
        "🟢 *`projectledger`* · production · *all well*",
        "Verified: passed, 1 h 30 min ago · watched just now",
        "Backup: `B-20251008-110000-abcd`, 2 h 30 min ago, restore-tested · healthy",
        "Drill: restored in 6.5 s, 1 h 30 min ago",
        "Backup in 12 h, drill in 4 days",
        "Rows: 1,204 (as in the baseline), counted 1 h 30 min ago",
        "[Verify] [Back up now]",
    ]


def test_what_is_wrong_and_what_is_open_stands_first_on_its_card() -> None:
    text = glanced(
        well(
            alerts=(ALERT,),
            incident=INCIDENT,
            freeze=Freeze(database=DATABASE, by="U00000001", since=NOON, reason="data loss"),
            maintenance=MaintenanceWindow(
                scope="all", by="U00000001", reason="disks", since=NOON, until=NOON + timedelta(hours=2)
            ),
            verified=Verified(outcome=Outcome.BLOCK, at=GLANCED, rows=0),
        )
    )
    assert (
        "🔴 *`projectledger`* · production · *in danger*\n"
        "🚨 *Incident*, opened 4 min ago: <#C00000009>\n"
        "🧊 Deployments are frozen by <@U00000001>: data loss\n"
        "🔧 Maintenance until <!date^1759932000^{date_short_pretty} {time}|2025-10-08 14:00 UTC>: disks\n"
        "🔴 data is missing: User 1,204 → 0 · 5 min ago, 👀 <@U00000002>\n"
        "Verified: *blocked*, just now · watched just now\n"
    ) in text
    assert "Rows: 0 (*1,204 fewer* than in the baseline), counted just now" in text
    assert "[Verify] [Back up now] [Ask for a restore]" in text


def test_a_count_from_before_an_alert_is_not_taken_for_what_is_there() -> None:
    ours = Freeze(database=DATABASE, by=INCIDENT.id, since=NOON, reason="incident: data is missing")
    text = glanced(well(alerts=(ALERT,), incident=INCIDENT, freeze=ours))
    assert "Rows: 1,204 before the alert, counted 1 h 30 min ago" in text
    assert "🧊 Deployments are frozen until the incident is closed" in text


def test_what_nobody_accepted_or_proved_is_said_so() -> None:
    text = glanced(
        Overview(database="new", environment="staging"),
        well("untested", newest_good=None, drill=replace(DRILL, seconds=None, problem="the disk is full")),
    )
    assert "🟠 1 needs attention · ⚪ 1 not known" in text
    assert "⚪ *`new`* · staging · *not known*\nVerified: never\nAccepted: not yet" in text
    assert "Backup: none yet\nDrill: none yet\n[Verify]" in text
    assert "*No backup is both healthy and restore-tested.*" in text
    assert "Drill: *failed*, 1 h 30 min ago: the disk is full" in text


def test_what_blocked_before_people_accepted_it_is_no_danger_any_more() -> None:
    text = glanced(well(verified=Verified(outcome=Outcome.BLOCK, at=NOON - timedelta(days=2), rows=None)))
    assert "🟢 *`projectledger`*" in text
    assert "Verified: not since it was accepted, 25 h 30 min ago · watched just now" in text


def test_the_home_says_first_where_traffic_is_stopped_and_how_it_comes_back() -> None:
    stopped = Stopped(by="U00000001", since=NOON, reason="users vanish", fenced=True)
    text = glanced(well("calm"), well("crm", stopped=stopped))
    assert "Traffic is stopped by the fence, by <@U00000001>" in text.partition("`calm`")[0]
    assert "→ `/traffic start crm REASON`" in text


OWN = replace(
    ALERT,
    cause=Cause(matter=Matter.SLACK),
    sightings=(Sighting(finding=finding(Code.SERVER_REPLICA_LAGGING, "Slack", "silent"), at=NOON),),
    acknowledged_by=("U00000002",),
)


def test_alerts_about_the_bot_itself_are_told_to_everybody() -> None:
    own = replace(ALERT, cause=Cause(matter=Matter.SLACK), sightings=ALERT.sightings, acknowledged_by=())
    text = readable(check(home.home([], [], GLANCED, [own])))
    assert "*Secondkey itself*\n🔴 no word from Slack: User 1,204 → 0 · 5 min ago" in text


def digested(*databases: Overview) -> str:
    coming = Standing(
        name="backup-ledger",
        database="ledger",
        kind=Kind.BACKUP,
        times="0 2 * * *, UTC",
        due=NOON,
        next=GLANCED,
    )
    return readable(check(digest.digest(databases, [OWN], [coming], GLANCED)))


def test_the_digest_has_no_counts_and_calls_nobody_who_looks_into_it() -> None:
    differs = "the restored copy differs from the manifest: User has 1,203 rows, not 1,204"
    text = digested(well(alerts=(ALERT,), drill=replace(DRILL, seconds=None, problem=differs)))
    assert "(Digest: 0 of 1 database well: not projectledger)" in text
    assert "🔴 data is missing: User lost rows · 5 min ago, 👀 somebody looks" in text
    assert "Drill: *failed*, 1 h 30 min ago: `/drill status projectledger` says why" in text
    assert "1,20" not in text
    assert "<@" not in text


def test_a_digest_of_many_databases_in_danger_keeps_what_comes_and_when_it_was_written() -> None:
    danger = {"alerts": (ALERT,) * 3, "incident": INCIDENT}
    long = MaintenanceWindow(scope="all", by="U00000001", reason="x" * 99, since=NOON, until=GLANCED)
    text = digested(*(well(f"db{n}{'x' * 50}", maintenance=long, **danger) for n in range(20)))
    assert "left out here" not in text
    assert "more: the App Home shows them" in text
    assert "*What comes*" in text
    assert "\nAs of <!date^" in text


def test_the_digest_tells_how_bad_it_is_about_the_bot_itself() -> None:
    assert "*Secondkey itself*\n🟠 no word from Slack" in digested(well())


def test_a_home_without_a_database_says_whom_to_ask() -> None:
    assert "None of the protected databases is open to you" in glanced()


@settings(max_examples=25, deadline=None)
@given(integers(13, 30), integers(0, 59), integers(1, 12))
def test_thirty_databases_are_all_there_and_who_is_not_well_comes_first(
    number: int, length: int, lost: int
) -> None:
    names = [f"db{n}{'x' * length}" for n in range(number)]
    text = glanced(*(well(name, alerts=(ALERT,) * 9 if n < lost else ()) for n, name in enumerate(names)))
    assert "The rest is left out here" not in text
    assert all(f"`{name}`" in text for name in names)
    cards, _, lines = text.rpartition("-- divider")
    assert cards.count("and 6 more alerts: `/watch status`") == cards.count("[Verify] [Back up now]") > 0
    assert lines.count("🟢") == number - lost


def test_a_home_of_very_many_databases_counts_those_that_have_no_line() -> None:
    text = glanced(*(well(f"db{n}") for n in range(200)))
    assert "🟢 200 all well" in text
    assert "`db59`" in text
    assert "and 140 more · `/verify DATABASE` asks about one of them" in text


def test_what_runs_is_cut_between_lines_and_the_rest_is_counted() -> None:
    lines = replies.running([OPERATION] * (replies.SHOWN + 5))
    assert len(lines) == replies.SHOWN + 1
    assert lines[-1] == "and 5 more"


@given(ANYTHING, integers(0, 200), integers(0, 200))
def test_the_home_is_within_slacks_limits_whatever_there_is(text: str, databases: int, running: int) -> None:
    freeze = Freeze(database=None, by=text, since=NOON, reason=text * 8)
    many = [well(f"db{n}", environment=text * 8, freeze=freeze) for n in range(databases)]
    view = home.published(home.home(many, [OPERATION] * running, GLANCED, [ALERT] * running))
    check(Message(text="Secondkey", blocks=tuple(view["blocks"])))


def test_a_table_stays_a_table_where_one_line_is_too_wide_for_a_phone() -> None:
    rows = [("Account", "312 → 1 (−99.7 %)"), ("Organization", "1,312 → 602 (−54 %)"), ("Plan", "3 → 0")]
    assert figures(rows) == [
        "```Account         312 → 1\nOrganization  1,312 → 602\nPlan              3 → 0```"
    ]
    wide = ("a_name_that_no_phone_shows_on_one_line", "7 → 0")
    assert figures([wide, ("Plan", "3 → 0")]) == ["```Plan  3 → 0```", f"`{wide[0]}` 7 → 0"]
    assert figures([]) == []
