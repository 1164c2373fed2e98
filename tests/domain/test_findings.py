"""A verdict's order, and what is folded so that it hides nothing that matters."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.findings import Code, Finding, Severity, finding, verdict
from bot.domain.judgement import judge
from bot.domain.observation import Elsewhere, Expectation, Rules
from tests import builders as b
from tests.domain.situations import SITUATIONS

NAMES = ("Account", "Client", "Invoice", "Payment", "Quote", "TaxRate", "User")


def told(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(each.code.value, each.subject) for each in found]


def test_identity_comes_first_then_data_then_history_then_what_only_warns() -> None:
    codes = [code for code in reversed(Code) if code is not Code.DATA_ELSEWHERE]
    found = verdict(finding(code, "x", "y") for code in codes).findings
    critical = [each.code.group for each in found if each.severity is Severity.CRITICAL]
    assert [each.code.group for each in found[: len(critical)]] == critical
    order = ["identity", "baseline", "rows", "schema", "check", "history", "release", "backup"]
    order += ["watch", "schedule"]
    assert list(dict.fromkeys(critical)) == order


def test_tables_that_something_is_expected_of_come_first_then_the_largest_losses() -> None:
    before = b.baseline(*(b.table(name, 100 * n) for n, name in enumerate(NAMES, 1)), b.table("Empty", 0))
    rules = Rules(
        expectations=tuple(Expectation(table=b.table_name(name), min=0) for name in ("Client", "Empty"))
    )
    found = judge(b.observation(b.state(*(b.table(name, 0) for name in NAMES)), before, rules=rules)).findings
    worst_first = ("Client", "User", "TaxRate", "Quote", "Payment", "Invoice", "Account")
    assert told(found) == [
        *(("rows.zero", name) for name in worst_first),
        ("schema.missing-table", "Empty"),
    ]


def test_losses_are_told_by_their_size_whatever_their_code() -> None:
    before = b.baseline(b.table("Client", 300), b.table("Plan", 3), b.table("User", 1204))
    found = judge(b.observation(b.state(b.table("Client", 0), b.table("User", 1)), before)).findings
    assert told(found) == [
        ("rows.dropped", "User"),
        ("rows.zero", "Client"),
        ("schema.missing-table", "Plan"),
    ]


def test_a_table_that_held_nothing_never_stands_among_the_worst() -> None:
    before = b.baseline(b.table("Session", 0), b.table("User", 3), b.table("Plan", 1))
    rules = Rules(expectations=(Expectation(table=b.table_name("Session"), min=0),))
    found = judge(b.observation(b.state(), before, rules=rules)).findings
    assert [each.subject for each in found] == ["User", "Plan", "Session"]


def test_a_volatile_table_that_is_gone_is_no_loss() -> None:
    before = b.baseline(b.table("Session", 40), b.table("User", 3))
    rules = Rules(expectations=(Expectation(table=b.table_name("Session"), volatile=True),))
    found = judge(b.observation(b.state(), before, rules=rules)).findings
    assert told(found) == [("schema.missing-table", "User"), ("schema.changed", "Session")]


def test_where_missing_rows_lie_is_told_right_behind_the_losses() -> None:
    lost = replace(
        SITUATIONS[Code.ROWS_ZERO],
        elsewhere=(Elsewhere(table=b.table_name("User"), place="schema public_old", rows=1204),),
        state=b.state(b.table("User", 0), history=b.history(present=False)),
    )
    assert [code.value for code in judge(lost).codes()] == ["rows.zero", "data.elsewhere", "history.missing"]


def test_a_table_is_found_once_wherever_it_lies() -> None:
    user = b.table_name("User")
    places = tuple(Elsewhere(table=user, place=f"schema {name}", rows=9) for name in "abcd")
    lost = replace(SITUATIONS[Code.ROWS_ZERO], elsewhere=places)
    (found,) = [each for each in judge(lost).findings if each.code is Code.DATA_ELSEWHERE]
    assert found.detail == "9 rows in schema a; also in schema b, schema c and 1 more"


def test_a_copy_of_the_rows_elsewhere_informs_where_nothing_is_lost() -> None:
    found = verdict([finding(Code.DATA_ELSEWHERE, "User", "9 rows"), finding(Code.BACKUP_STALE, "B", "old")])
    assert [each.code for each in found.findings] == [Code.BACKUP_STALE, Code.DATA_ELSEWHERE]


def test_new_tables_are_one_finding_and_hide_no_column_that_is_gone() -> None:
    before = b.baseline(b.table("Zebra", 1, columns=("id int", "stripes int")))
    after = b.state(*(b.table(name, 1) for name in NAMES), b.table("Zebra", 1, columns=("id int",)))
    changed, new = judge(b.observation(after, before)).findings
    assert (changed.subject, changed.detail) == ("Zebra", "gone: stripes int")
    assert (new.subject, new.severity) == ("7 tables", Severity.WARNING)
    assert new.detail == "new table: Account, Client, Invoice, Payment, Quote and 2 more"


def test_one_new_table_is_told_by_its_name() -> None:
    (found,) = judge(b.observation(b.state(b.table("User", 1)), b.baseline())).findings
    assert (found.subject, found.detail) == ("User", "new table")


def test_what_configuration_made_critical_is_told_one_by_one() -> None:
    new = [finding(Code.SCHEMA_CHANGED, name, "new table") for name in NAMES]
    raised = verdict(new, {Code.SCHEMA_CHANGED: Severity.CRITICAL})
    assert [each.subject for each in raised.findings] == list(NAMES)


@given(st.lists(st.tuples(st.sampled_from(Code), st.sampled_from("AB"), st.sampled_from("xy"))))
def test_folding_drops_no_code_and_no_critical_finding(found: list[tuple[Code, str, str]]) -> None:
    judged = [finding(code, subject, detail) for code, subject, detail in found]
    result = verdict(judged)
    assert set(result.codes()) == {each.code for each in judged}
    assert len(result.critical()) == sum(each.severity is Severity.CRITICAL for each in judged)
