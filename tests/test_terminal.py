"""What the command line prints: it misleads no script, and what others named does not act on a terminal."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import console, endings, terminal, wording
from bot.domain.backup import Health, Level
from bot.domain.description import described
from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.domain.observation import BackupFacts, Unseen
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.state import State
from bot.errors import CommandFailed, ConfigurationError, NotFound, Refused, SecondkeyError, UsageError
from bot.operations.verify import to_result
from bot.postgres.unreachable import Unreachable
from bot.repository.faults import BackupFault, Fault
from bot.repository.folder import Broken
from tests import builders as b

GOOD = b.backup("B-20251008-110000-abcd", b.table("User", 1))
FAULT = BackupFault(Fault.DOCUMENT_EDITED, "B-20251008-113000-efgh.json was changed after it was signed")
UNSEEN = Unseen(what="repository", reason="its mount is gone", hint="mount it")
BROKEN = Broken(id="B-20251008-113000-efgh", database=b.DATABASE, problem=FAULT)


@pytest.mark.parametrize(
    "backup",
    [
        replace(GOOD, damage="the archive is missing"),
        b.backup(health=Health.SUSPECT, corrupt="differs", proof={"suspect_because": (Code.ROWS_ZERO,)}),
    ],
)
def test_a_script_that_reads_level_and_health_is_never_given_what_cannot_be_trusted(backup: Any) -> None:
    said = terminal.backup_json(backup)
    assert (said["level"], said["health"], said["suspect_because"]) == ("written", "unknown", [])
    assert said["corrupt"] == backup.corrupt
    lines = terminal.backup_lines(backup)
    assert {f"  CORRUPT  {backup.corrupt}", "  level    written", "  health   unknown"} <= set(lines)


def test_a_backup_that_is_only_shown_says_that_its_archive_was_not_read() -> None:
    said = "\n".join(terminal.shown_lines(GOOD))
    assert "not the archive's content" in said
    assert f"secondkey verify {GOOD.id}" in said
    assert "next:" not in "\n".join(terminal.shown_lines(replace(GOOD, damage="cut")))


def test_what_was_proven_is_remembered_beside_what_still_holds() -> None:
    damaged = replace(GOOD, damage="the archive is missing")
    assert (damaged.holding.level, damaged.proof.level) == (Level.WRITTEN, Level.RESTORE_TESTED)
    assert GOOD.holding == GOOD.proof


def test_what_only_the_repository_knows_has_a_backups_keys_and_its_place_by_time() -> None:
    newer, older = terminal.catalogue_json([GOOD], [BROKEN], {})
    assert (newer["id"], older["id"]) == (BROKEN.id, GOOD.id)
    assert set(newer) == set(older)
    assert (newer["level"], newer["health"], newer["corrupt"]) == ("written", "unknown", FAULT.reason)
    assert f"not trusted: {BROKEN.id} of {b.DATABASE}, {FAULT.reason}" in terminal.catalogue_lines(
        [], [BROKEN], {}
    )
    assert terminal.catalogue_lines([], [], {}) == ["there is no backup yet"]


def test_what_is_held_beyond_its_time_says_by_what() -> None:
    held = {GOOD.id: "incident inc-abcd1234 is open"}
    (found,) = terminal.catalogue_json([GOOD], [], held)
    assert found["held"] == held[GOOD.id]
    row = terminal.catalogue_lines([GOOD], [], held)[0]
    assert row.endswith("restore-tested, healthy; held: incident inc-abcd1234 is open")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=-5), "in 1 min"),
        (timedelta(minutes=59, seconds=59), "in 59 min"),
        (timedelta(hours=47, minutes=59), "in 47 h"),
        (timedelta(days=6, hours=23), "in 6 days"),
    ],
)
def test_what_comes_is_told_in_whole_hours_and_days(left: timedelta, words: str) -> None:
    assert wording.ahead(b.NOON + left, b.NOON) == words


def test_one_of_a_thing_is_one() -> None:
    assert "  holds    1 table, 1 row" in terminal.backup_lines(GOOD)


def test_many_more_are_counted_with_separators() -> None:
    assert wording.listed(["User"] * 1236, 2) == "User, User and 1,234 more"


def first_look(state: State) -> list[str]:
    observation = b.observation(state)
    return terminal.verdict_lines(b.DATABASE, to_result(judge(observation), state))


def test_first_use_asks_whether_this_is_the_database_and_says_all_that_tells() -> None:
    lines = first_look(
        b.state(b.table("User", 12), b.table("Session"), b.table("Plan", 3), size_bytes=8_100_000)
    )
    assert lines[0] == "projectledger: block"
    assert lines[lines.index("is this the database you mean?") + 1 :] == [
        f"  server    {b.CLUSTER}, PostgreSQL 17.10",
        f"  database  projectledger, oid {b.OID}",
        "  holds     3 tables, 15 rows, 8.1 MB",
        "  newest    not known (`newest` in the configuration)",
        "  empty     Session",
        "if it is: secondkey verify accept projectledger",
    ]


def test_a_database_that_is_mostly_empty_warns_in_the_first_line() -> None:
    assert first_look(b.state(b.table("User")))[0].startswith(
        "WARNING: most tables of this database are empty"
    )


def test_an_accepted_database_is_not_asked_about_again() -> None:
    state = b.state(b.table("User", 12))
    result = to_result(judge(b.observation(state, b.baseline(b.table("User", 12)))), state)
    assert "is this the database you mean?" not in terminal.verdict_lines(b.DATABASE, result)


def test_a_loss_says_its_next_move_once_and_what_there_is_to_go_back_to() -> None:
    names = ("User", "Invoice", "Plan")
    state = b.state(*(b.table(name) for name in names))
    before = b.baseline(*(b.table(name, 12) for name in names))
    result = to_result(judge(b.observation(state, before)), state)
    lines = terminal.verdict_lines(b.DATABASE, result, [GOOD])
    assert sum("what is still there" in line for line in lines) == 1
    assert lines[-2:] == [
        f"you still have {GOOD.id}: made {wording.moment(GOOD.manifest.created_at)}, 1 row, restore-tested",
        f"next: `/restore {b.DATABASE} {GOOD.id} REASON`; a second person approves it",
    ]
    assert terminal.verdict_lines(b.DATABASE, result)[-1] == "no backup is proven good"
    unseen = b.observation(state, before, backups=BackupFacts(unreadable=UNSEEN))
    assert terminal.verdict_lines(b.DATABASE, to_result(judge(unseen), state))[-1] == (
        "what backups there are cannot be seen now"
    )


def test_an_accept_says_what_it_pinned() -> None:
    operation = Operation(
        id="op-abcd1234", kind=Kind.ACCEPT, database=b.DATABASE, progress=Progress.DONE, created_at=b.NOON,
        requested_by="cli:anna",
        result={"accepted": b.DATABASE, "pinned": described(b.state(b.table("User", 12)))},
    )  # fmt: skip
    assert terminal.accepted_lines(operation) == [
        "projectledger: accepted",
        "pinned by cli:anna, as it was at 2025-10-08 12:00 UTC:",
        f"  server    {b.CLUSTER}, PostgreSQL 17.10",
        f"  database  projectledger, oid {b.OID}",
        "  holds     1 table, 12 rows, 0 B",
        "  marker    marker-1",
        "next: secondkey backup projectledger",
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("pooler", "no"), "pooler"),
        (UsageError("what?"), "usage"),
        (NotFound("nowhere"), "not-found"),
        (CommandFailed("it ended"), "failed"),
        (SecondkeyError("it is wrong"), "failed"),
        (ConfigurationError([UsageError("wrong")]), "configuration"),
        (FAULT, "document-edited"),
        (Unreachable("away", code=Code.IDENTITY_ABSENT), "identity.absent"),
    ],
)
def test_every_error_has_a_code_of_the_closed_list(error: SecondkeyError, code: str) -> None:
    said = endings.error_json(error)
    assert said["error"] == code
    assert said["error"] in endings.ERRORS
    assert said["reason"]


def test_no_further_line_of_a_reason_passes_for_a_line_of_ours() -> None:
    error = CommandFailed("the table x\nhint: run this", "look\nerror: all is well")
    assert endings.error_lines(error) == [
        "error: the table x",
        "       hint: run this",
        "hint: look",
        "      error: all is well",
    ]


def printed(lines: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    console.say(lines)
    return capsys.readouterr().out


def test_names_that_would_act_on_a_terminal_are_printed_as_escapes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "a\nb\x1b[31m\u202ec\u2028\x9b\u200bé 😀"
    shown = r"a\nb\u001b[31m\u202ec\u2028\u009b\u200bé 😀"
    assert printed([f"x  {name}"], capsys) == f"x  {shown}\n"
    json_lines = printed(console.as_json_lines({"subject": name}), capsys)
    assert shown in json_lines
    assert json.loads(json_lines) == {"subject": name}


@given(st.text())
def test_nothing_invisible_is_left_and_what_is_visible_stays(text: str) -> None:
    shown = wording.visible(text)
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & set(map(category, shown))
    assert wording.visible(shown) == shown
    if text.isprintable():
        assert shown == text
