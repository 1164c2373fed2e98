"""Failures, help, the App Home and short answers."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis.strategies import integers

from bot.domain.operation import Kind, Operation, Progress
from bot.errors import CommandFailed, UsageError
from bot.slack.views import backup, failures, home, replies
from bot.slack.views import help as help_view
from tests.builders import DATABASE, NOON
from tests.builders import backup as make_backup
from tests.slack.limits import check, check_block, readable
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
    assert readable(check(failures.failed(OPERATION, error))) == (
        "(🔴 Backup failed · projectledger: the disk is full; nothing half-made was kept)\n"
        "# 🔴 Backup failed · projectledger\n"
        "the disk is full; nothing half-made was kept\n"
        "→ free 3 GB\n"
        "→ or name another folder\n"
        "Asked by <@U00000001> · op-abcd1234"
    )


def test_a_statement_in_a_hint_can_be_copied_as_it_stands() -> None:
    error = UsageError("no right to read", "`GRANT pg_read_all_data TO bot_x` on *that* server")
    shown = readable(check(failures.answer(error)))
    assert "`GRANT pg_read_all_data TO bot_x`" in shown
    assert "*\u200bthat*\u200b" in shown


@given(ANYTHING, ANYTHING)
def test_whatever_an_error_says_slack_takes_it(reason: str, hint: str) -> None:
    error = CommandFailed(f"it failed: {reason * 8}", hint * 8)
    check(failures.answer(error))
    assert DATABASE in check(failures.failed(OPERATION, error)).text[:100]


def test_help_is_shown_with_the_names_that_this_workspace_has() -> None:
    for message in (
        help_view.backup("sk-"),
        help_view.verify("sk-"),
        help_view.everything("sk-", [OPERATION]),
    ):
        shown = readable(check(message))
        assert "`/backup" not in shown
        assert "`/verify" not in shown
    assert "Backing up `projectledger` · op-abcd1234 · waiting" in readable(
        help_view.everything("", [OPERATION])
    )


def test_an_outcome_for_whoever_asked_is_one_line_and_where_the_rest_is() -> None:
    shown = readable(check(replies.outcome(backup.done(make_backup()), "C00000001")))
    assert shown.splitlines()[1:] == [
        "🟢 Backed up · projectledger: B-20251008-110000-abcd · restore-tested · healthy",
        "All of it is in <#C00000001>.",
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
    assert "Newest backup: B-20251008-110000-abcd, 2 h 30 min ago, restore-tested · healthy" in shown
    assert "*No backup is both healthy and restore-tested.*" in shown
    assert "Backing up `projectledger` · op-abcd1234 · waiting" in shown


def test_a_home_without_a_database_says_whom_to_ask() -> None:
    assert "None of the protected databases is open to you" in readable(home.home([], [], NOON))


def test_a_home_of_many_databases_stays_within_a_view_and_counts_the_rest() -> None:
    view = home.published(home.home([card(f"db{n}") for n in range(45)], [], NOON))
    assert len(view["blocks"]) <= 100
    for block in view["blocks"]:
        check_block(block)
    assert "and 15 more" in str(view)


def test_what_runs_is_cut_between_lines_and_the_rest_is_counted() -> None:
    lines = replies.running([OPERATION] * (replies.SHOWN + 5))
    assert len(lines) == replies.SHOWN + 1
    assert lines[-1] == "and 5 more"


@given(ANYTHING, integers(0, 200), integers(0, 200))
def test_the_home_is_within_slacks_limits_whatever_there_is(text: str, cards: int, running: int) -> None:
    many = [replace(card(f"db{n}"), environment=text * 8, verdict=text) for n in range(cards)]
    view = home.published(home.home(many, [OPERATION] * running, NOON))
    assert len(view["blocks"]) <= 100
    for block in view["blocks"]:
        check_block(block)
    assert len(json.dumps(view)) < 250_000
