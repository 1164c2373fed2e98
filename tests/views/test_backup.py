"""What people see of backups: level and health side by side, the reason kept, the next move last."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.catalogue import default_choice, losses
from bot.domain.findings import Code
from bot.domain.omission import Omission, Part
from bot.domain.operation import Kind as OperationKind
from bot.domain.operation import Operation, Progress
from bot.slack.blocks import Message
from bot.slack.views import backup as view
from tests.builders import DATABASE, NOON, backup, table, table_name
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

ID = "B-20251008-110000-abcd"
OPERATION = Operation(
    id="op-abcd1234",
    kind=OperationKind.BACKUP,
    database=DATABASE,
    progress=Progress.RUNNING,
    requested_by="U00000001",
    request={"backup_id": ID, "kind": "manual", "reason": "before v1.3.0", "channel": "C00000001"},
    created_at=NOON,
)
RETEST = replace(
    OPERATION, kind=OperationKind.RESTORE_TEST, request={"backup_id": ID, "channel": "C00000001"}
)
GOOD = backup(ID, table("User", 1204), table("Invoice", 18_442), proof={"restore_seconds": 5.2})
SUSPECT = backup(
    "B-20251008-113000-efgh",
    table("User", 0),
    table("Invoice", 18_442),
    health=Health.SUSPECT,
    kind=Kind.EMERGENCY,
    proof={"restore_seconds": 3, "suspect_because": (Code.ROWS_ZERO,)},
)


def text(message: Message) -> str:
    return readable(check(message))


def asked(reason: str) -> Operation:
    return replace(OPERATION, request={**OPERATION.request, "reason": reason})


def test_a_backup_signed_by_a_key_whose_file_is_gone_says_so_and_what_to_do() -> None:
    message = view.done(GOOD, key_lost=True)
    assert "its signing key is lost" in message.text[:100]
    assert "its file is gone or out of reach" in text(message)
    assert "put the copy that `secondkey keys export` made back" in text(message)
    assert "signing key" not in text(view.done(GOOD))


def test_a_backup_that_is_only_shown_says_that_its_archive_was_not_read() -> None:
    shown = text(view.shown(GOOD, NOON))
    assert "not the archive's content" in shown
    assert f"`/verify {ID}` reads that" in shown
    assert "not the archive's content" not in text(view.shown(replace(GOOD, damage="cut"), NOON))


def test_a_good_backup_is_told_with_level_and_health_side_by_side() -> None:
    assert text(view.done(GOOD)) == (
        f"(🟢 Backed up · projectledger: {ID} · restore-tested · healthy)\n"
        "# 🟢 Backed up · projectledger\n"
        f"`{ID}` · 1.0 MB · 1.5 s\n"
        "2 tables, 19,646 rows\n"
        "Level: *restore-tested: every table equal to the manifest; restoring took 5.2 s*\n"
        "Health: *healthy*\n"
        "manual backup · asked by <@U00000001>"
        " | Snapshot of <!date^1759921200^{date_short_pretty} {time}|2025-10-08 11:00 UTC>"
        " | Reason: before v1.3.0"
    )


def test_the_reason_is_shown_while_it_runs_as_it_was_typed_and_harmless() -> None:
    shown = text(view.requested(asked("before <!channel> & *v2*")))
    assert "Reason: before &lt;!channel&gt; &amp; *\u200bv2*" in shown


def test_without_a_reason_none_is_shown() -> None:
    assert "Reason" not in text(view.requested(asked("")))
    assert "Reason" not in text(view.proving(RETEST, GOOD, "reading back 1.0 MB"))


def test_a_test_of_an_old_backup_does_not_say_that_it_backs_up() -> None:
    shown = text(view.proving(RETEST, GOOD, "reading back"))
    assert shown.startswith("(Restore-testing projectledger for <@U00000001>")


def test_how_far_a_dump_is_is_told_by_bytes_against_an_estimate() -> None:
    shown = text(view.dumping(OPERATION, 2_000_000_000, 4_200_000_000, "public.User"))
    assert "about 47 % · 2.0 GB of about 4.2 GB · dumping `public.User`" in shown
    assert "about 99 %" in text(view.dumping(OPERATION, 5_000, 4_000, ""))
    assert "1.0 kB written" in text(view.dumping(OPERATION, 1_000, 0, ""))


def test_a_restore_test_never_makes_a_suspect_backup_look_good() -> None:
    shown = text(view.done(SUSPECT))
    assert "🟠 Emergency backup of a suspect database" in shown
    assert "Health: *suspect: rows.zero*" in shown
    assert "It is never proposed by itself: name its id." in shown


def test_a_backup_without_a_baseline_asks_whether_it_is_the_right_database() -> None:
    shown = text(view.done(backup(health=Health.UNKNOWN)))
    assert "health unknown" in shown
    assert "→ Is this the right database? `/verify projectledger` asks, and accepts it." in shown


def test_why_it_was_not_tested_is_always_said() -> None:
    untested = backup(level=Level.READ, proof={"not_tested_because": "the extension <postgis> is not here"})
    assert "not restore-tested because the extension &lt;postgis&gt; is not here" in text(view.done(untested))


def test_a_test_that_could_not_be_repeated_does_not_take_back_the_first_one() -> None:
    again = backup(proof={"restore_seconds": 5.2, "not_tested_because": "there is no room"})
    shown = text(view.retested(RETEST, again, NOON))
    assert "Level: *restore-tested: every table equal" in shown
    assert "Not tested again because there is no room" in shown


def test_a_corrupt_backup_is_not_to_be_relied_on() -> None:
    shown = text(view.retested(RETEST, backup(corrupt="the archive ends early"), NOON))
    assert "🔴 Do not rely on B-20251008-110000-abcd · projectledger" in shown
    assert "*corrupt*: the archive ends early" in shown
    assert "`/backup projectledger` makes a new one" in shown


def test_the_list_begins_with_what_would_be_taken_and_when_rows_were_lost() -> None:
    known = [SUSPECT, GOOD]
    assert text(view.catalogue(DATABASE, known, default_choice(known), losses(known), NOON)) == (
        "(Backups · projectledger: 2 backups, newest B-20251008-113000-efgh)\n"
        "# Backups · projectledger\n"
        f"By default: `{ID}`, the newest that is healthy and restore-tested.\n"
        "passed over: `B-20251008-113000-efgh`, an emergency backup is only taken by its id\n"
        f"Rows were lost between `{ID}` and `B-20251008-113000-efgh`:\n"
        "```User  1,204 → 0```\n"
        "🟠 `B-20251008-113000-efgh` · 30 min ago · 1.0 MB · 18,442 rows\n"
        "emergency · restore-tested · suspect (rows.zero)\n"
        "Reason: before v1.3.0\n"
        f"🟢 `{ID}` · 1 h ago · 1.0 MB · 19,646 rows\n"
        "manual · restore-tested · healthy\n"
        "Reason: before v1.3.0"
    )


def test_a_table_that_was_dropped_is_gone_and_not_empty() -> None:
    known = [backup("B-20251008-113000-efgh", table("Invoice", 18_442)), GOOD]
    assert "```User  1,204 → gone```" in text(
        view.catalogue(DATABASE, known, default_choice(known), losses(known), NOON)
    )


def test_a_late_result_says_when_it_was_true_and_who_asked() -> None:
    shown = text(view.retested(RETEST, GOOD, NOON))
    assert "As of <!date^1759924800^{date_short_pretty} {time}|2025-10-08 12:00 UTC>" in shown
    assert "asked by <@U00000001> · op-abcd1234" in shown


def test_one_table_is_not_told_as_many() -> None:
    assert "0 of 1 table\n" in text(view.counting(OPERATION, "public.User", 0, 1))


def test_where_none_is_good_the_list_says_so_first() -> None:
    shown = text(view.catalogue(DATABASE, [SUSPECT], default_choice([SUSPECT]), (), NOON))
    assert "*None of these would be taken by default*" in shown.splitlines()[2]


def test_an_empty_list_offers_the_first_backup() -> None:
    untrusted = [(ID, "the manifest was changed")]
    only = text(view.catalogue(DATABASE, [], default_choice([]), (), NOON, untrusted))
    assert "no backup that can be trusted" in only
    assert f"`{ID}`: the manifest was changed" in only
    shown = text(view.catalogue(DATABASE, [], default_choice([]), (), NOON))
    assert "There is no backup yet.\n[Back up now]" in shown


def test_a_long_list_says_how_much_of_it_is_not_shown() -> None:
    known = [backup(f"B-20251008-1100{n:02}-abcd", health=Health.SUSPECT) for n in range(40, 0, -1)]
    shown = text(view.catalogue(DATABASE, known, default_choice(known), (), NOON))
    assert "and 35 more" in shown
    assert "and 28 older ones" in shown


def test_one_backup_shows_its_largest_tables_and_how_many_more_there_are() -> None:
    shown = text(view.shown(backup(ID, *(table(f"T{n}", n * 1000) for n in range(1, 11))), NOON))
    assert "```T10  10,000\nT9    9,000\n" in shown
    assert "and 2 more" in shown
    assert "T2 " not in shown


@given(ANYTHING, ANYTHING, ANYTHING, st.booleans())
def test_whatever_people_and_servers_wrote_slack_takes_it(
    reason: str, name: str, fault: str, corrupt: bool
) -> None:
    made: Backup = backup(
        ID,
        table(name, 3),
        reason=reason * 10,
        level=Level.READ,
        corrupt=fault if corrupt else "",
        proof={"not_tested_because": fault, "left_out": (name, fault)},
    )
    operation, many = asked(reason * 10), [made] * 20
    for message in (
        view.requested(operation),
        view.counting(operation, name, 1, 2),
        view.dumping(operation, 5, 9, name),
        view.proving(operation, made, fault),
        view.done(made),
        view.retested(RETEST, made, NOON),
        view.shown(made, NOON),
        view.catalogue(DATABASE, many, default_choice(many), losses(many), NOON),
    ):
        assert DATABASE in check(message).text[:100]


def test_what_was_left_out_is_named_before_level_and_health() -> None:
    locked = Omission(
        part=Part.WHOLE,
        kind="table",
        name=table_name("User"),
        why="locked by process 12 (as app)",
        cure="let it end; then ask again",
    )
    part = backup(
        ID,
        table("Invoice", 18_442),
        kind=Kind.EMERGENCY,
        omissions=(locked,) * 7,
        proof={"restore_seconds": 3},
    )
    title, *lines = text(view.done(part)).splitlines()[1:]
    assert title == "# 🟠 Backed up, but not everything · projectledger"
    assert lines[2:4] == [
        "⚠️ *Not in it* (7):",
        "• table User: locked by process 12 (as app) → let it end; then ask again",
    ]
    assert "and 2 more" in lines
    assert (
        "Level: *restore-tested but for what was left out: all the rest is equal to the manifest; "
        "restoring took 3.0 s*" in lines
    )
    assert "🟠 " in text(view.catalogue(DATABASE, [part], default_choice([part]), [], NOON))
    assert "🟠 " + ID + " restores, but for what was left out" in text(view.retested(RETEST, part, NOON))


def test_a_wait_for_a_lock_says_on_what_and_who_holds_it() -> None:
    shown = text(view.waiting(OPERATION, "User", "locked by process 12 (as app)"))
    assert "waiting for a lock on `User`, locked by process 12 (as app)" in shown


def test_a_result_that_is_cut_short_points_to_its_thread_and_a_whole_one_does_not() -> None:
    missing = tuple(
        Omission(part=Part.WHOLE, kind="table", name=table_name(f"T{n}"), why="no right") for n in range(6)
    )
    for message in (
        view.done(backup(omissions=missing)),
        view.retested(RETEST, backup(omissions=missing), NOON),
    ):
        assert "and 1 more\n" in text(message)
        assert "The rest is in the thread" in text(message)
    assert "thread" not in text(view.shown(backup(omissions=missing), NOON))
    assert "thread" not in text(view.done(backup(omissions=missing[:5])))
