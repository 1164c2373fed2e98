"""How commands are read: what people type on a phone, and what can never happen."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.grammar import (
    Accept,
    Backup,
    Cancel,
    Cards,
    Drop,
    Help,
    List,
    Restore,
    Retest,
    Show,
    ShowSchedules,
    StartTraffic,
    StopTraffic,
    TrafficStatus,
    Undo,
    Verify,
    parse_backup,
    parse_restore,
    parse_schedule,
    parse_traffic,
    parse_verify,
    split_command,
)
from bot.domain.spelling import edits
from bot.domain.words import REASON_CHARS
from bot.errors import NotFound, SecondkeyError, UsageError

ONE = ["projectledger"]
TWO = ["projectledger", "crm"]
ID = "B-20251008-191204-abcd"
REASONS = (
    st.text(max_size=80)
    .map(lambda text: f"because {text}".strip())
    .filter(lambda text: all(char.isprintable() for char in text))
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", Backup(database="projectledger")),
        ("before v2", Backup(database="projectledger", reason="before v2")),
        ("projectledger Before  V2", Backup(database="projectledger", reason="Before  V2")),
        ("“ProjectLedger”, before v2", Backup(database="projectledger", reason="before v2")),
        ("project\u200bledger\u00a0 before v2", Backup(database="projectledger", reason="before v2")),
        ("projectledger \u200b\u2060", Backup(database="projectledger")),
        ("EMERGENCY", Backup(database="projectledger", emergency=True)),
        ("emergency it vanishes", Backup(database="projectledger", emergency=True, reason="it vanishes")),
        ("list", List(database="projectledger")),
        (f"show {ID.lower()}", Show(id=ID)),
        (f"show {ID.replace('-', '–')}", Show(id=ID)),
        ("help me", Help()),
        ("for <@U123> <!channel>", Backup(database="projectledger", reason="for <@U123> <!channel>")),
    ],
)
def test_a_backup_command_is_read_as_it_was_meant(text: str, read: object) -> None:
    assert parse_backup(text, ONE) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", Verify(database="projectledger")),
        ("Projectledger", Verify(database="projectledger")),
        ("accept", Accept(database="projectledger")),
        ("accept projectledger", Accept(database="projectledger")),
        (
            "accept ProjectLedger, old users were PURGED",
            Accept(database="projectledger", reason="old users were PURGED"),
        ),
        (ID, Retest(id=ID)),
        ("help", Help()),
    ],
)
def test_a_verify_command_is_read_as_it_was_meant(text: str, read: object) -> None:
    assert parse_verify(text, ONE) == read


@pytest.mark.parametrize("text", ["projectleger before v2", "emergency projectlegder", "porjectledgre"])
def test_a_word_within_two_edits_of_a_database_is_asked_back(text: str) -> None:
    with pytest.raises(NotFound) as raised:
        parse_backup(text, ONE)
    assert "did you mean projectledger" in raised.value.hint


@pytest.mark.parametrize("parse", [parse_backup, parse_verify])
def test_names_that_are_equally_near_are_all_asked_back(parse: Callable[..., object]) -> None:
    with pytest.raises(NotFound) as raised:
        parse("ledger1", ["ledger2", "ledgers33", "crm", "ledger"])
    assert raised.value.hint.startswith("did you mean ledger2 or ledger?")


def test_short_names_do_not_swallow_ordinary_words() -> None:
    assert parse_backup("apt upgrade", ["app"]) == Backup(database="app", reason="apt upgrade")


def test_where_several_are_protected_the_name_is_needed() -> None:
    assert parse_backup("crm before v2", TWO) == Backup(database="crm", reason="before v2")
    for text in ("", "list", "emergency"):
        with pytest.raises(UsageError):
            parse_backup(text, TWO)
    with pytest.raises(NotFound):
        parse_backup("before v2", TWO)


@pytest.mark.parametrize("text", ["show B-2025…", "show", "show ../../etc/passwd", f"show {ID} more"])
def test_what_is_no_backup_id_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_backup(text, ONE)


@pytest.mark.parametrize("text", ["B-2025…", "B-20251008-1912", "projectledger please", f"{ID} please"])
def test_a_verify_command_that_is_not_understood_starts_nothing(text: str) -> None:
    with pytest.raises(UsageError):
        parse_verify(text, ONE)


def test_no_word_but_the_name_of_a_database_lets_it_be_accepted() -> None:
    for text in ("accept users were purged", "accept staging"):
        with pytest.raises(NotFound):
            parse_verify(text, ONE)


def test_a_mistyped_emergency_never_becomes_an_ordinary_backup() -> None:
    with pytest.raises(UsageError) as raised:
        parse_backup("emergancy data vanishes", ONE)
    assert raised.value.hint == "did you mean emergency?"


@pytest.mark.parametrize(
    ("parse", "text", "ready"),
    [
        (parse_backup, "emergency data gone", "/backup emergency {} data gone"),
        (parse_backup, "Data `gone`", "/backup {} Data 'gone'"),
        (parse_backup, "", "/backup {}"),
        (parse_backup, "list", "/backup list {}"),
        (parse_verify, "", "/verify {}"),
        (parse_verify, "accept nothing", "/verify accept {}"),
        (parse_restore, "undo it was wrong", "/restore undo {} it was wrong"),
        (parse_traffic, "stop it is gone", "/traffic stop {} it is gone"),
    ],
)
def test_where_the_database_is_missing_whole_commands_are_offered(
    parse: Callable[..., object], text: str, ready: str
) -> None:
    with pytest.raises(SecondkeyError) as raised:
        parse(text, TWO)
    for name in TWO:
        assert f"`{ready.format(name)}`" in raised.value.hint.splitlines()


def test_a_mistyped_database_is_mended_in_the_command_that_is_offered() -> None:
    with pytest.raises(NotFound) as raised:
        parse_backup("emergency projectleger data gone", TWO)
    assert raised.value.hint == ("did you mean projectledger?\n`/backup emergency projectledger data gone`")


@pytest.mark.parametrize("text", ["../../etc/passwd", "B-1", "„Wrong”"])
def test_what_is_no_id_is_shown_as_it_was_typed(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_backup(f"show {text}", ONE)
    assert raised.value.reason == f"{text!r} is not a backup id"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("B-20251008-1912", "'B-20251008-1912' is no whole id"),
        ("emergency B-20251008-1912 gone", "'B-20251008-1912' is no whole id"),
        (ID, f"'{ID}' is the id of a backup"),
    ],
)
def test_a_backups_id_never_begins_the_reason_of_a_new_one(text: str, said: str) -> None:
    for databases in (ONE, TWO):
        with pytest.raises(UsageError) as raised:
            parse_backup(text, databases)
        assert said in raised.value.reason
    read = parse_backup(f"projectledger {ID} is too old", ONE)
    assert read == Backup(database="projectledger", reason=f"{ID} is too old")


def test_four_thousand_characters_are_cut_and_control_characters_left_out() -> None:
    read = parse_backup("x\x00y\n" + "é" * 4000, ONE)
    assert isinstance(read, Backup)
    assert len(read.reason) == REASON_CHARS
    assert read.reason.startswith("xy é")
    assert read.reason.endswith("…")


def test_a_command_is_split_from_what_follows_it() -> None:
    assert split_command("  Backup emergency  X ") == ("backup", "emergency  X")
    assert split_command("/verify") == ("verify", "")
    assert split_command("") == ("", "")


@given(st.text(max_size=200), st.sampled_from([ONE, TWO]))
def test_no_text_ever_breaks_the_grammar(text: str, databases: list[str]) -> None:
    for parse in (parse_backup, parse_verify):
        with suppress(SecondkeyError):
            parse(text, databases)


@given(st.sampled_from(TWO), st.booleans(), REASONS)
def test_what_is_written_out_is_read_back_whatever_the_case_and_the_spaces(
    database: str, emergency: bool, reason: str
) -> None:
    words = f"{'Emergency  ' if emergency else ''}‘{database.upper()}’ \u00a0{reason}"
    assert parse_backup(words, TWO) == Backup(database=database, emergency=emergency, reason=reason)


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_the_distance_of_words_is_the_same_both_ways_and_nothing_only_for_equals(
    one: str, other: str
) -> None:
    assert edits(one, other, 9) == edits(other, one, 9)
    assert (edits(one, other, 9) == 0) == (one == other)
    assert edits(one, other, 2) == min(edits(one, other, 9), 3)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", Cards()),
        ("help", Help()),
        ("users vanished", Restore(database="projectledger", reason="users vanished")),
        ("projectledger", Restore(database="projectledger")),
        ("no data", Restore(database="projectledger", reason="no data")),
        (
            f"projectledger {ID} users vanished",
            Restore(database="projectledger", id=ID, reason="users vanished"),
        ),
        (f"{ID.lower()} vanished", Restore(database=None, id=ID, reason="vanished")),
        ("undo it was wrong", Undo(database="projectledger", reason="it was wrong")),
        ("undo Projectledger", Undo(database="projectledger")),
        (
            "drop Ledger_aside_x no room",
            Drop(database="projectledger", name="ledger_aside_x", reason="no room"),
        ),
        ("drop projectledger ledger_aside_x", Drop(database="projectledger", name="ledger_aside_x")),
        ("cancel", Cancel(database="projectledger")),
    ],
)
def test_a_restore_command_is_read_as_it_was_meant(text: str, read: object) -> None:
    assert parse_restore(text, ONE) == read


@pytest.mark.parametrize(
    "text",
    [
        "cancle",
        "udno the last",
        "cancel nothing",
        "projectleger x",
        "projectledger b-2 x",
        "b-2 x",
        "drop",
        "dorp x y",
    ],
)
def test_a_restore_never_begins_with_a_mistyped_word(text: str) -> None:
    with pytest.raises((UsageError, NotFound)):
        parse_restore(text, ONE)


def test_where_several_are_protected_a_restore_names_one_by_name_or_by_its_backup() -> None:
    assert parse_restore(f"{ID} gone", TWO) == Restore(database=None, id=ID, reason="gone")
    assert parse_restore("crm gone", TWO) == Restore(database="crm", reason="gone")
    for text in ("it is gone", "undo it", "undo", "cancel"):
        with pytest.raises((UsageError, NotFound)):
            parse_restore(text, TWO)


@given(st.text(max_size=60))
def test_no_text_makes_reading_a_restore_fail_in_another_way(text: str) -> None:
    with suppress(SecondkeyError):
        parse_restore(text, TWO)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", TrafficStatus(database=None)),
        ("status", TrafficStatus(database=None)),
        ("Status ProjectLedger", TrafficStatus(database="projectledger")),
        ("stop", StopTraffic(database="projectledger")),
        ("stop users vanish", StopTraffic(database="projectledger", reason="users vanish")),
        ("STOP projectledger users vanish", StopTraffic(database="projectledger", reason="users vanish")),
        ("start projectledger mended", StartTraffic(database="projectledger", reason="mended")),
        ("help", Help()),
    ],
)
def test_a_traffic_command_is_read_as_it_was_meant(text: str, read: object) -> None:
    assert parse_traffic(text, ONE) == read


@pytest.mark.parametrize("text", ["stpo it", "strat", "projectledger", "status nothing", "stop projectleger"])
def test_traffic_is_never_stopped_or_started_by_a_mistyped_word(text: str) -> None:
    with pytest.raises((UsageError, NotFound)):
        parse_traffic(text, ONE)


def test_where_several_are_protected_traffic_names_one() -> None:
    assert parse_traffic("stop crm gone", TWO) == StopTraffic(database="crm", reason="gone")
    with pytest.raises((UsageError, NotFound)):
        parse_traffic("stop it", TWO)


@given(st.text(max_size=60))
def test_no_text_makes_reading_a_traffic_command_fail_in_another_way(text: str) -> None:
    with suppress(SecondkeyError):
        parse_traffic(text, TWO)


@pytest.mark.parametrize(
    ("text", "database"), [("", None), ("crm", "crm"), (" ProjectLedger ", "projectledger")]
)
def test_schedules_are_shown_of_one_database_or_of_all(text: str, database: str | None) -> None:
    assert parse_schedule(text, TWO) == ShowSchedules(database=database)


@pytest.mark.parametrize("text", ["crmm", "crm now", "list"])
def test_what_is_no_database_shows_no_schedule(text: str) -> None:
    with pytest.raises((UsageError, NotFound)):
        parse_schedule(text, TWO)
