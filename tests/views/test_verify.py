"""What people see of a database: the state first, the evidence for a phone's width, then the next move."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backup import Level
from bot.domain.findings import Code, finding, verdict
from bot.domain.judgement import judge
from bot.domain.observation import (
    BackupFacts,
    Elsewhere,
    Expectation,
    Replica,
    Rules,
    ServerFacts,
    Slot,
    Unreadable,
    Unseen,
)
from bot.domain.operation import Kind, Operation, Progress
from bot.slack.blocks import Message
from bot.slack.views import verify as view
from tests.builders import (
    DATABASE,
    IDENTITY,
    NOON,
    OTHER_CLUSTER,
    backup,
    baseline,
    history,
    observation,
    state,
    table,
    table_name,
)
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

OPERATION = Operation(
    id="op-abcd1234",
    kind=Kind.VERIFY,
    database=DATABASE,
    progress=Progress.RUNNING,
    requested_by="U00000001",
    request={"channel": "C00000001", "reason": ""},
    created_at=NOON,
)
ID = "B-20251008-110000-abcd"
KNOWN = {"Client": 300, "Invoice": 18_442, "Organization": 312, "Payment": 900, "Quote": 500, "User": 1204}
BEFORE = baseline(*(table(name, rows) for name, rows in KNOWN.items()), table("Plan", 3))
GOOD = state(table("User", 1204))
GOOD_BACKUP = backup(ID, table("User", 1204))
AT_NOON = "<!date^1759924800^{date_short_pretty} {time}|2025-10-08 12:00 UTC>"


def shown(*found: Any, **other: Any) -> Message:
    looked = observation(*found, **other)
    return check(view.result(OPERATION, looked, judge(looked)))


def buttons(message: Message) -> list[str]:
    return [
        button["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for button in block["elements"]
    ]


def test_lost_rows_are_told_worst_first_at_most_five_and_the_rest_is_counted() -> None:
    emptied = state(*(table(name, 0) for name in KNOWN if name != "Payment"), table("Plan", 3))
    assert readable(shown(emptied, BEFORE, [GOOD_BACKUP])) == (
        "(🔴 projectledger blocked: Invoice 18,442 → 0, User 1,204 → 0 and 4 more"
        " · rows.zero, schema.missing-table)\n"
        "# 🔴 Blocked · projectledger\n"
        "*rows.zero, schema.missing-table* · 🔴 critical\n"
        "```Invoice       18,442 → 0\n"
        "User           1,204 → 0\n"
        "Payment          900 → gone\n"
        "Quote            500 → 0\n"
        "Organization     312 → 0```\n"
        "and 1 more table: 300 rows gone\n"
        "→ stop what writes to it; `/backup emergency projectledger` keeps what is still there\n"
        "*You still have* `B-20251008-110000-abcd`: made 1 h ago, 1,204 rows, restore-tested.\n"
        "→ `/restore projectledger B-20251008-110000-abcd REASON`"
        " brings it back, once a second person has approved\n"
        "Identity: `projectledger`, oid `16384`, pinned 24 h ago\n"
        "Data: 6 tables, 3 rows, 0 B\n"
        f"As of {AT_NOON} · asked by <@U00000001> | The rest is in the thread\n"
        "[Emergency backup] [Ask for a restore] [Verify again]"
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
        "Identity: `projectledger`, oid `16384`, pinned 24 h ago\n"
        "Data: 1 table, 1,204 rows, 0 B, every count as in the baseline\n"
        "Backup: `B-20251008-110000-abcd` · 1 h ago · restore-tested · healthy\n"
        f"As of {AT_NOON} · asked by <@U00000001>"
    )


def test_replicas_and_slots_are_shown_with_how_far_they_are_behind() -> None:
    facts = ServerFacts(
        replicas=(
            Replica(name="reports", lag=timedelta(seconds=12), behind_bytes=3_200_000),
            Replica(name="reserve", sync="sync", lag=timedelta(seconds=4), behind_bytes=0),
            Replica(name="new", state="startup", lag=None),
        ),
        slots=(Slot(name="gone", active=False, kept_bytes=90_000_000), Slot(name="reserve", active=True)),
    )
    text = readable(shown(GOOD, baseline(of=GOOD), [backup()], server=facts))
    assert (
        "Replicas: `reports` streaming, async, 12.0 s and 3.2 MB behind; "
        "`reserve` streaming, sync, up to date; `new` startup, async, how far it is behind is not known yet\n"
        "Replication slots: `gone` inactive, keeps 90.0 MB; `reserve` in use\n"
    ) in text
    many = ServerFacts(replicas=tuple(Replica(name=f"r{n}", lag=None) for n in range(9)))
    assert "; 5 more\n" in readable(shown(GOOD, baseline(of=GOOD), [backup()], server=many))


def test_migrations_are_counted_or_told_by_their_heads() -> None:
    applied = replace(GOOD, history=history("1_init", "2_users"))
    assert "Migrations: 2 in `public._prisma_migrations`" in readable(shown(applied, BEFORE))
    heads = replace(GOOD, history=replace(history("c3", "c4"), heads_only=True))
    assert "Migrations: at c3, c4 in `public._prisma_migrations`" in readable(shown(heads, BEFORE))
    unreadable = replace(GOOD, history=history(problem="denied"))
    assert "Migrations:" not in readable(shown(unreadable, BEFORE))


def test_a_database_without_any_table_is_never_said_to_be_as_before() -> None:
    assert "as in the baseline" not in readable(shown(state(), baseline(of=GOOD)))


def test_first_use_shows_which_database_it_is_and_asks() -> None:
    message = shown(state(table("User", 1204), table("Session", 0)))
    text = readable(message)
    assert text.splitlines()[1:7] == [
        "# ⚪ Not accepted yet · projectledger",
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


def test_what_blocks_comes_before_what_can_wait_and_only_that_says_what_to_do() -> None:
    found = verdict(
        [
            finding(Code.HISTORY_PENDING, "add_vat", "would be applied", "deploy it"),
            finding(Code.SCHEMA_CHANGED, "User", "new column", "find out who"),
            finding(Code.CHECK_FAILED, "plans are there", "the answer is no", "look why"),
        ]
    )
    text = readable(view.result(OPERATION, observation(GOOD, baseline(of=GOOD)), found))
    assert "*check.failed* · 🔴 critical\n`plans are there`  the answer is no\n→ look why" in text
    later = text.partition("*Less urgent*\n")[2].splitlines()
    assert later[:2] == [
        "• schema.changed · `User` new column",
        "• history.pending · `add_vat` would be applied",
    ]


def test_rows_that_lie_elsewhere_are_told_before_any_talk_of_restoring() -> None:
    place = Elsewhere(table=table_name("User"), place="schema old", rows=1204)
    message = shown(state(table("User", 0)), baseline(of=GOOD), [GOOD_BACKUP], elsewhere=(place,))
    text = readable(message)
    assert message.text.startswith("🔴 projectledger blocked: User 1,204 → 0, found elsewhere · rows.zero")
    assert text.index("*rows.zero") < text.index(
        "*data.elsewhere* · ℹ️ information: missing rows were found elsewhere"
    )
    assert text.index("`User`  1,204 rows in schema old") < text.index("*You still have*")


def test_a_notification_names_the_table_that_could_not_be_counted() -> None:
    message = shown(
        state(table("User", 1204), table("Payment", None, problem="locked by process 12")), baseline(of=GOOD)
    )
    assert "rows.unreadable" in message.text
    assert "Payment: its rows could not be counted" in message.text[:100]


def test_where_no_backup_is_proven_good_that_is_said_in_its_place() -> None:
    lost, before = state(table("User", 0)), baseline(of=GOOD)
    none = readable(shown(lost, before, backups=BackupFacts()))
    assert none.index("*There is no backup.*") < none.index("Identity:")
    untested = backup(level=Level.READ)
    text = readable(shown(lost, before, [untested]))
    assert "*No backup is proven good*: `/backup list projectledger`" in text


def test_a_database_that_is_gone_is_told_with_the_next_move() -> None:
    gone = Unreadable(
        code=Code.IDENTITY_ABSENT, reason="there is no such database", hint="the server has: other"
    )
    message = shown(gone, BEFORE, [GOOD_BACKUP])
    text = readable(message)
    assert message.text == (
        "🔴 projectledger blocked: the database is gone from its server · "
        "identity.absent · there is no such database"
    )
    assert "so that nothing puts an empty database in its place" in text
    assert "*You still have* `B-20251008-110000-abcd`" in text


def test_a_server_that_does_not_answer_is_no_reason_to_restore() -> None:
    away = Unreadable(code=Code.IDENTITY_UNREACHABLE, reason="the server does not answer")
    text = readable(shown(away, BEFORE, [GOOD_BACKUP]))
    assert "*You still have*" in text
    assert "/restore" not in text


def test_another_database_is_never_called_the_pinned_one() -> None:
    other = replace(IDENTITY, system_identifier=OTHER_CLUSTER)
    text = readable(shown(state(table("User", 1204), identity=other), baseline(of=GOOD)))
    assert "*not what was pinned 24 h ago*" in text
    assert ", pinned 24 h" not in text


def test_rows_below_the_floor_are_told_with_the_loss_and_alone_where_there_is_none() -> None:
    rules = Rules(expectations=(Expectation(table=table_name("User"), min=1000),))
    lost = readable(shown(state(table("User", 0)), baseline(of=GOOD), rules=rules))
    assert "*rows.zero, rows.below-floor* · 🔴 critical\n```User  1,204 → 0```" in lost
    low = readable(shown(state(table("User", 10)), baseline(table("User", 10)), rules=rules))
    assert "*rows.below-floor* · 🔴 critical\n`User`  10 rows, at least 1,000 are expected" in low


def test_the_same_next_move_is_said_once() -> None:
    before = baseline(table("User", 1204), table("Invoice", 100))
    text = readable(shown(state(table("User", 0), table("Invoice", 50)), before))
    assert text.count("→ stop what writes to it") == 1


@given(st.lists(st.tuples(st.sampled_from(Code), ANYTHING, ANYTHING, ANYTHING), max_size=60))
def test_whatever_the_findings_say_slack_takes_it(found: list[tuple[Code, str, str, str]]) -> None:
    judged = verdict(finding(code, what, f"{why}{'x' * 400}", hint) for code, what, why, hint in found)
    sent = check(view.result(OPERATION, observation(GOOD, BEFORE, [backup()]), judged))
    assert DATABASE in sent.text[:100]


def test_progress_names_who_asked_and_the_database_where_a_phone_shows_it() -> None:
    counting = view.counting(OPERATION, "public.User", 3, 1204)
    for message in (view.requested(OPERATION), view.accepting(OPERATION), counting):
        sent = check(message)
        assert DATABASE in sent.text[:100]
        assert "<@U00000001>" in sent.text[:100]
    assert "counting `public.User` · 3 of 1,204 tables" in readable(counting)
    accepted = view.counting(replace(OPERATION, kind=Kind.ACCEPT), "public.User", 3, 1204)
    assert "Accepting" in readable(accepted)
    assert "Verifying" not in readable(accepted)


def test_what_was_pinned_is_shown_in_full() -> None:
    text = readable(check(view.accepted(OPERATION, GOOD, first_backup=True)))
    assert "Marker `marker-1`" in text
    assert "1 table, 1,204 rows pinned" in text
    assert "Pinned by <@U00000001>, as it was" in text


def test_what_two_people_accepted_names_both_and_why() -> None:
    asked = replace(OPERATION, request={**OPERATION.request, "reason": "*purged*"})
    text = readable(
        check(view.accepted(asked, GOOD, first_backup=False, approved_by=["U00000002", "U00000003"]))
    )
    assert "Pinned by <@U00000001>, approved by <@U00000002>, <@U00000003>, as it was" in text
    assert "Reason: *\u200bpurged" in text


def test_a_young_pin_and_an_old_backup_are_told_by_their_age() -> None:
    pinned = baseline(of=GOOD, pinned_at=NOON - timedelta(minutes=5))
    text = readable(shown(GOOD, pinned, [backup("B-20251005-110000-abcd")]))
    assert "pinned 5 min ago" in text
    assert "`B-20251005-110000-abcd` · 3 days ago" in text


def test_backups_that_cannot_be_seen_are_not_said_to_be_bad() -> None:
    away = Unseen(what="repository", reason="/backups cannot be read", hint="look whether it is mounted")
    facts = BackupFacts(backups=(backup(corrupt="/backups cannot be read"),), unreadable=away)
    text = readable(shown(state(table("User", 0)), baseline(of=GOOD), backups=facts))
    assert "*What backups you have cannot be seen now*: the repository cannot be read." in text
    assert "backup.corrupt" not in text
    assert "`repository`  /backups cannot be read\n→ look whether it is mounted" in text
