"""Failures, help, the App Home and short answers."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis.strategies import integers

from bot.domain.operation import Kind, Operation, Progress
from bot.domain.restoring.traffic import Stopped
from bot.errors import CommandFailed, UsageError
from bot.slack.blocks import Message
from bot.slack.commands import with_prefix
from bot.slack.views import backup, failures, home, replies
from bot.slack.views import help as help_view
from bot.slack.views.common import figures
from tests.builders import DATABASE, NOON
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


def test_help_is_shown_with_the_names_that_this_workspace_has() -> None:
    for message in (help_view.backup(), help_view.verify(), help_view.everything([OPERATION])):
        shown = readable(check(with_prefix(message, "sk-")))
        assert "`/sk-" in shown
        assert "`/backup" not in shown
        assert "`/verify" not in shown
    assert "Backing up `projectledger` · op-abcd1234 · waiting" in readable(help_view.everything([OPERATION]))


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


def test_an_answer_elsewhere_names_the_place() -> None:
    assert "follow it in <#C00000001>" in readable(check(replies.started_elsewhere(OPERATION, "C00000001")))
    assert "for you alone" in readable(check(replies.started_elsewhere(OPERATION, "U00000001")))


def card(name: str) -> home.Card:
    return home.Card(
        database=name,
        environment="production",
        pinned_at=NOON,
        newest=make_backup(),
        default=None,
        verdict="block",
        verified_at=NOON,
    )


def test_the_home_shows_a_light_in_words_the_newest_backup_and_what_runs() -> None:
    shown = readable(home.home([card(DATABASE)], [OPERATION], NOON + timedelta(minutes=90)))
    assert "Verified: 🔴 blocked, 1 h 30 min ago" in shown
    assert "Newest backup: `B-20251008-110000-abcd`, 2 h 30 min ago, restore-tested · healthy" in shown
    assert "*No backup is both healthy and restore-tested.*" in shown
    assert "Backing up `projectledger` · op-abcd1234 · waiting" in shown


def test_the_home_says_first_where_traffic_is_stopped_and_how_it_comes_back() -> None:
    stopped = Stopped(by="U00000001", since=NOON, reason="users vanish", fenced=True)
    calm = replace(card("calm"), verdict="pass")
    text = readable(home.home([calm, replace(card("crm"), verdict="pass", stopped=stopped)], [], NOON))
    assert "Traffic is stopped by the fence, by <@U00000001>" in text.partition("`calm`")[0]
    assert "→ `/traffic start crm REASON`" in text


def test_a_home_without_a_database_says_whom_to_ask() -> None:
    assert "None of the protected databases is open to you" in readable(home.home([], [], NOON))


def test_a_home_of_many_databases_stays_within_a_view_and_counts_the_rest() -> None:
    calm = [replace(card(f"db{n}"), verdict="pass") for n in range(44)]
    shown = check(home.home([*calm, card("lost")], [], NOON))
    assert shown == home.home([*calm, card("lost")], [], NOON), "no card is cut"
    text = readable(shown)
    assert "and 33 more" in text
    assert "`lost`" in text.partition("`db0`")[0], "what blocks comes first"


def test_what_runs_is_cut_between_lines_and_the_rest_is_counted() -> None:
    lines = replies.running([OPERATION] * (replies.SHOWN + 5))
    assert len(lines) == replies.SHOWN + 1
    assert lines[-1] == "and 5 more"


@given(ANYTHING, integers(0, 200), integers(0, 200))
def test_the_home_is_within_slacks_limits_whatever_there_is(text: str, cards: int, running: int) -> None:
    many = [replace(card(f"db{n}"), environment=text * 8, verdict=text) for n in range(cards)]
    view = home.published(home.home(many, [OPERATION] * running, NOON))
    check(Message(text="Secondkey", blocks=tuple(view["blocks"])))


def test_a_table_stays_a_table_where_one_line_is_too_wide_for_a_phone() -> None:
    rows = [("Account", "312 → 1 (−99.7 %)"), ("Organization", "1,312 → 602 (−54 %)"), ("Plan", "3 → 0")]
    assert figures(rows) == [
        "```Account         312 → 1\nOrganization  1,312 → 602\nPlan              3 → 0```"
    ]
    wide = ("a_name_that_no_phone_shows_on_one_line", "7 → 0")
    assert figures([wide, ("Plan", "3 → 0")]) == ["```Plan  3 → 0```", f"`{wide[0]}` 7 → 0"]
    assert figures([]) == []
