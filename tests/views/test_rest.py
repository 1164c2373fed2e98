"""What stands in the thread of a result: all that its message has no room for, and nothing else."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backup import Backup, Health
from bot.domain.findings import Code, Verdict, finding, verdict
from bot.domain.judgement import judge
from bot.domain.observation import Expectation, Observation, Rules, Unreadable
from bot.domain.omission import Omission, Part
from bot.slack.views import backup_rest, verify_rest
from tests.builders import backup, baseline, observation, state, table, table_name
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

GOOD = state(table("User", 1204))


def in_thread(*found: Any, **other: Any) -> str:
    looked = observation(*found, **other)
    return told(looked, judge(looked))


def told(looked: Observation, judged: Verdict) -> str:
    message = verify_rest.rest(looked, judged)
    return readable(check(message)) if message else ""


def of_backup(made: Backup) -> str:
    message = backup_rest.rest(made)
    return readable(check(message)) if message else ""


def test_a_database_without_any_table_changed_in_every_one_of_them() -> None:
    text = told(observation(state(), baseline(table("User", 1204), table("Payment", 900))), verdict(()))
    assert "1,204 → gone" in text
    assert "900 → gone" in text


def test_all_counts_stand_beside_the_baselines_the_worst_first() -> None:
    before = baseline(
        table("User", 1204), table("Invoice", 18_442), table("Payment", 900), table("Client", 300),
        table("Plan", 3), table("Session", 12), table("Quote", None),
    )  # fmt: skip
    now = state(
        table("User", 0), table("Invoice", 9_221), table("Client", 308), table("Plan", 3),
        table("Session", 12), table("Quote", 5), table("TaxRate", 2),
    )  # fmt: skip
    assert told(observation(now, before), verdict(())) == (
        "(projectledger in detail: counts of 8 tables)\n"
        "*Changed: baseline → now*\n"
        "```Invoice       18,442 → 9,221\n"
        "User           1,204 → 0\n"
        "Payment          900 → gone\n"
        "Client           300 → 308\n"
        "Quote    not counted → 5\n"
        "TaxRate          new → 2```\n"
        "*Same count*\n"
        "```Session  12\n"
        "Plan      3```"
    )


def test_there_is_no_thread_where_all_is_the_same() -> None:
    assert in_thread(GOOD, baseline(of=GOOD), [backup()]) == ""


def test_there_is_no_thread_where_the_message_names_every_table() -> None:
    assert in_thread(state(table("User", 0)), baseline(of=GOOD), [backup()]) == ""


def test_there_is_no_thread_where_nothing_could_be_read() -> None:
    away = Unreadable(code=Code.IDENTITY_UNREACHABLE, reason="the server does not answer", hint="start it")
    assert in_thread(away, baseline(of=GOOD), [backup()]) == ""


def test_first_use_shows_every_table_and_what_the_configuration_expects_in_vain() -> None:
    rules = Rules(expectations=(Expectation(table=table_name("Usr"), min=1000),))
    shown = in_thread(state(table("User", 1204), table("Session", 0)), rules=rules)
    assert "*Expected*\n```Usr  not there```" in shown
    assert "*Rows now*\n```User     1,204\nSession      0```" in shown


def test_many_tables_are_counted_after_those_that_changed() -> None:
    names = [f"T{number:03}" for number in range(200)]
    before = baseline(*(table(name, 10) for name in names))
    shown = in_thread(state(*(table(name, 10 if name < "T190" else 0) for name in names)), before)
    assert shown.index("T199") < shown.index("*Same count*")
    assert "and 140 more tables: `secondkey verify projectledger --json` has all" in shown


def test_what_can_wait_is_told_with_its_next_move() -> None:
    looked = observation(state(table("User", 0)), baseline(of=GOOD))
    lost = finding(Code.ROWS_ZERO, "User", "1,204 → 0", "stop what writes to it")
    later = finding(Code.BACKUP_SAME_HOST, "repository", "on the server's own machine", "move it")
    assert told(looked, verdict([lost, later])) == (
        "(projectledger in detail: 1 finding in full)\n"
        "*backup.same-host* · 🟠 warning\n"
        "`repository`  on the server's own machine\n"
        "→ move it"
    )


def test_evidence_that_the_message_only_counts_is_told_with_every_move() -> None:
    failed = [finding(Code.CHECK_FAILED, f"check {n}", "the answer is no", f"look at {n}") for n in range(40)]
    shown = told(observation(GOOD, baseline(of=GOOD)), verdict(failed))
    assert "`check 24`  the answer is no" in shown
    assert "→ look at 24" in shown
    assert "check 25" not in shown
    assert "and 15 more findings: `secondkey verify projectledger --json` has all" in shown


def test_a_floor_that_the_message_leaves_to_the_change_of_counts_is_told() -> None:
    rules = Rules(expectations=(Expectation(table=table_name("User"), min=1000),))
    shown = in_thread(state(table("User", 0)), baseline(of=GOOD), [backup()], rules=rules)
    assert "`User`  0 rows, at least 1,000 are expected" in shown


@given(st.lists(ANYTHING, min_size=1, max_size=80, unique=True), ANYTHING)
def test_whatever_tables_are_called_slack_takes_it(names: list[str], detail: str) -> None:
    looked = observation(state(*(table(name, 1) for name in names)), baseline(table("User", 1)))
    found = [finding(Code.CHECK_FAILED, name, detail * 9, detail) for name in names]
    told(looked, verdict(found))


def missing(number: int) -> tuple[Omission, ...]:
    return tuple(
        Omission(
            part=Part.WHOLE, kind="table", name=table_name(f"T{n:03}"), why="no right", cure=f"grant {n}"
        )
        for n in range(number)
    )


def test_everything_that_a_backup_lacks_is_listed() -> None:
    assert of_backup(backup(omissions=missing(5))) == ""
    shown = of_backup(backup(omissions=missing(50)))
    assert "⚠️ *Not in it* (50):\n• table T000: no right → grant 0\n" in shown
    assert "• table T039: no right → grant 39" in shown
    assert "T040" not in shown
    assert "and 10 more: `secondkey backups show B-20251008-110000-abcd --json` has all" in shown


def test_every_reason_for_which_a_backup_is_suspect_is_listed() -> None:
    codes = (Code.ROWS_ZERO, Code.ROWS_DROPPED, Code.CHECK_FAILED)
    suspect = backup(health=Health.SUSPECT, proof={"suspect_because": codes})
    assert "*Suspect because* (3):\n`rows.zero`\n`rows.dropped`\n`check.failed`" in of_backup(suspect)


def test_a_reason_that_was_cut_stands_in_full() -> None:
    reason = "before the release " * 25
    assert f"*Reason*\n{reason}" in of_backup(backup(reason=reason))
    assert of_backup(backup(reason="before v2")) == ""


def test_what_the_restore_test_left_out_is_listed() -> None:
    left = tuple(f"extension e{n}" for n in range(7))
    assert "*Left out of the test* (7):\nextension e0\n" in of_backup(backup(proof={"left_out": left}))
    whole = backup(proof={"left_out": left[:5]})
    assert of_backup(replace(whole)) == ""
