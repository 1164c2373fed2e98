"""What people see of a database: the state first, the evidence for a phone's width, then the next move."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.findings import Code, finding, verdict
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation, Progress
from bot.slack.blocks import Message
from bot.slack.views import verify as view
from tests.builders import DATABASE, NOON, backup, baseline, observation, state, table
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

OPERATION = Operation(
    id="op-abcd1234",
    kind=Kind.VERIFY,
    database=DATABASE,
    progress=Progress.RUNNING,
    requested_by="U00000001",
    request={"channel": "C00000001"},
    created_at=NOON,
)
KNOWN = {"Client": 300, "Invoice": 18_442, "Organization": 312, "Payment": 900, "Quote": 500, "User": 1204}
BEFORE = baseline(*(table(name, rows) for name, rows in KNOWN.items()), table("Plan", 3))
GOOD = state(table("User", 1204))


def shown(*found: Any) -> Message:
    looked = observation(*found)
    return check(view.result(looked, judge(looked)))


def buttons(message: Message) -> list[str]:
    return [
        button["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for button in block["elements"]
    ]


def test_lost_rows_are_told_worst_first_at_most_five_and_the_rest_is_counted() -> None:
    emptied = state(*(table(name, 0) for name in KNOWN if name != "Payment"), table("Plan", 3))
    assert readable(shown(emptied, BEFORE, [backup()])) == (
        "(🔴 Blocked · projectledger: schema.missing-table, rows.zero)\n"
        "# 🔴 Blocked · projectledger\n"
        "*schema.missing-table* · 🔴 critical\n"
        "```Payment  900 → gone```\n"
        "→ stop what writes to it; `/backup emergency` keeps what is still there\n"
        "*rows.zero* · 🔴 critical\n"
        "```Invoice       18,442 → 0\n"
        "User           1,204 → 0\n"
        "Quote            500 → 0\n"
        "Organization     312 → 0\n"
        "Client           300 → 0```\n"
        "Identity: `projectledger`, oid 16384, pinned 24 h ago\n"
        "Data: 6 tables, 3 rows, 0 B\n"
        "Backup: B-20251008-110000-abcd · 1 h ago · restore-tested · healthy\n"
        "[Emergency backup] [Verify again]"
    )


def test_of_many_tables_those_that_lost_most_are_named() -> None:
    before = baseline(*(table(f"T{n:02}", n * 10) for n in range(1, 21)))
    text = readable(shown(state(*(table(f"T{n:02}", 0) for n in range(1, 21))), before))
    assert "```T20  200 → 0\nT19  190 → 0\nT18  180 → 0\nT17  170 → 0\nT16  160 → 0```" in text
    assert "and 15 more tables: 1,200 rows gone" in text
    assert "T15" not in text


def test_names_too_long_for_a_phone_are_listed_and_never_cut() -> None:
    name = "SubscriptionEntitlementAssignment"
    text = readable(shown(state(table(name, 602)), baseline(table(name, 1204))))
    assert f"`{name}` 1,204 → 602" in text
    assert "```" not in text


def test_columns_are_not_wider_than_a_phone() -> None:
    before = baseline(*(table("T" * width, 10**width) for width in range(1, 9)))
    text = readable(shown(state(*(table("T" * width, 0) for width in range(1, 9))), before))
    block = text.partition("```")[2].partition("```")[0]
    assert block
    assert max(map(len, block.splitlines())) <= 32


def test_all_there_says_what_was_looked_at() -> None:
    assert readable(shown(GOOD, baseline(of=GOOD), [backup()])) == (
        "(🟢 All there · projectledger)\n"
        "# 🟢 All there · projectledger\n"
        "Identity: `projectledger`, oid 16384, pinned 24 h ago\n"
        "Data: 1 table, 1,204 rows, 0 B\n"
        "Backup: B-20251008-110000-abcd · 1 h ago · restore-tested · healthy"
    )


def test_first_use_shows_which_database_it_is_and_asks() -> None:
    message = shown(state(table("User", 1204), table("Session", 0)))
    text = readable(message)
    assert text.splitlines()[1:7] == [
        "# 🔴 Not accepted yet · projectledger",
        "*Is this the database you mean?*",
        "Server `7400000000000000001`, PostgreSQL 17.10",
        "Database `projectledger`, oid `16384`",
        "2 tables, 1,204 rows, 0 B",
        "Newest row: not known (`newest` in the configuration names a column)",
    ]
    assert "Empty tables: `Session`" in text
    assert buttons(message) == ["verify_accept", "verify_again"]


def test_a_mostly_empty_database_is_warned_of_in_the_first_line() -> None:
    text = readable(shown(state(table("User", 0), table("Session", 0), table("Plan", 3))))
    warning = "⚠️ *Most tables of this database are empty.* Look twice before you accept it."
    assert text.splitlines()[2] == warning


def test_an_unreadable_database_offers_no_backup_and_nothing_to_accept() -> None:
    away = Unreadable(code=Code.IDENTITY_UNREACHABLE, reason="the server does not answer", hint="start it")
    message = shown(away, BEFORE, [backup()])
    assert "`projectledger`  the server does not answer\n→ start it" in readable(message)
    assert buttons(message) == ["verify_again"]


def test_what_is_critical_comes_before_what_only_informs() -> None:
    found = verdict(
        [
            finding(Code.DATA_ELSEWHERE, "User", "1,204 rows in schema old"),
            finding(Code.SCHEMA_CHANGED, "User", "new table"),
            finding(Code.CHECK_FAILED, "plans are there", "the answer is no"),
        ]
    )
    text = readable(view.result(observation(GOOD, baseline(of=GOOD)), found))
    assert text.index("*check.failed") < text.index("*schema.changed") < text.index("*data.elsewhere")


def test_the_same_next_move_is_said_once() -> None:
    before = baseline(table("User", 1204), table("Invoice", 100))
    text = readable(shown(state(table("User", 0), table("Invoice", 50)), before))
    assert text.count("→ stop what writes to it") == 1


@given(st.lists(st.tuples(st.sampled_from(Code), ANYTHING, ANYTHING, ANYTHING), max_size=60))
def test_whatever_the_findings_say_slack_takes_it(found: list[tuple[Code, str, str, str]]) -> None:
    judged = verdict(finding(code, what, f"{why}{'x' * 400}", hint) for code, what, why, hint in found)
    check(view.result(observation(GOOD, BEFORE, [backup()]), judged))


def test_progress_names_who_asked_and_the_database_where_a_phone_shows_it() -> None:
    counting = view.counting(OPERATION, "public.User", 3, 1204)
    for message in (view.requested(OPERATION), view.accepting(OPERATION), counting):
        sent = check(message)
        assert DATABASE in sent.text[:100]
        assert "<@U00000001>" in sent.text[:100]
    assert "counting `public.User` · 3 of 1,204 tables" in readable(counting)


def test_what_was_pinned_is_shown_in_full() -> None:
    text = readable(check(view.accepted(OPERATION, GOOD)))
    assert "Marker `marker-1`" in text
    assert "1 table, 1,204 rows pinned" in text
    assert "Pinned by <@U00000001>" in text


def test_a_young_pin_and_an_old_backup_are_told_by_their_age() -> None:
    pinned = baseline(of=GOOD, pinned_at=NOON - timedelta(minutes=5))
    text = readable(shown(GOOD, pinned, [backup("B-20251005-110000-abcd")]))
    assert "pinned 5 min ago" in text
    assert "B-20251005-110000-abcd · 3 days ago" in text
