"""The one judge: every code, every severity, and what a verdict can never do."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.findings import Code, Outcome, Severity, default_severity
from bot.domain.judgement import judge, mostly_empty
from bot.domain.observation import Expectation, PolicyFacts, Rules, Unreadable
from tests import builders as b
from tests.domain.situations import AGREED, SITUATIONS, USERS, away

COUNTS = st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 2000), min_size=1)
#: The others are no part of a verdict: about the bot itself there are alerts.
JUDGED = [code for code in Code if code.group not in ("watch", "schedule")]
_SEVERE = {Outcome.PASS: 0, Outcome.WARN: 1, Outcome.BLOCK: 2}


def test_every_code_has_a_situation_in_which_it_is_found() -> None:
    assert set(SITUATIONS) == set(JUDGED)


@pytest.mark.parametrize("code", JUDGED)
def test_each_situation_is_told_with_evidence_and_its_own_severity(code: Code) -> None:
    found = [each for each in judge(SITUATIONS[code]).findings if each.code is code]
    assert found
    for each in found:
        assert each.subject
        assert each.detail
        assert each.severity is default_severity(code)


@pytest.mark.parametrize("code", [code for code in JUDGED if code is not Code.HISTORY_PENDING])
def test_each_finding_names_the_next_move_and_none_that_does_not_exist_yet(code: Code) -> None:
    for each in judge(SITUATIONS[code]).findings:
        if each.code is code:
            assert each.hint
            assert not re.findall(r"/(?:backup|verify)", re.sub(r"`[^`]*`", "", each.hint))
            assert "/restore" not in each.hint
            assert "/deploy" not in each.hint


def test_a_database_as_it_was_agreed_on_passes() -> None:
    verdict = judge(b.observation(b.state(USERS), AGREED, [b.backup()]))
    assert verdict.findings == ()
    assert verdict.outcome is Outcome.PASS


def test_the_incident_is_told_by_who_the_database_is_and_by_what_is_gone() -> None:
    reset = replace(b.IDENTITY, database_oid=b.OID + 7, marker=None)
    names = tuple(f"{number}_step" for number in range(22))
    before = b.baseline(of=b.state(USERS, b.table("Invoice", 18442), history=b.history(*names)))
    found = b.state(
        b.table("User", 0), b.table("Invoice", 0), identity=reset, history=b.history(present=False)
    )
    verdict = judge(b.observation(found, before, release=b.release(*names)))
    assert verdict.outcome is Outcome.BLOCK
    assert {
        Code.IDENTITY_RECREATED,
        Code.IDENTITY_MARKER_MISSING,
        Code.HISTORY_MISSING,
        Code.HISTORY_ALL_PENDING,
        Code.ROWS_ZERO,
    } <= set(verdict.codes())
    details = [each.detail for each in verdict.findings]
    assert "1,204 → 0" in details
    assert "all 22 migrations would be applied, from 0_step on" in details


def test_what_cannot_be_read_blocks_and_everything_else_is_still_judged() -> None:
    verdict = judge(replace(away(Code.IDENTITY_ABSENT), policy=PolicyFacts(eligible_approvers=0)))
    assert verdict.outcome is Outcome.BLOCK
    assert verdict.codes() == (Code.IDENTITY_ABSENT, Code.POLICY_TOO_FEW_APPROVERS)


def test_a_server_that_lacks_the_database_is_compared_with_the_pinned_one() -> None:
    other = judge(away(Code.IDENTITY_ABSENT, b.OTHER_CLUSTER)).codes()
    assert other == (Code.IDENTITY_ABSENT, Code.IDENTITY_OTHER_CLUSTER)
    assert judge(away(Code.IDENTITY_ABSENT, b.CLUSTER)).codes() == (Code.IDENTITY_ABSENT,)


def test_without_a_baseline_floors_and_checks_are_judged_all_the_same() -> None:
    rules = Rules(expectations=(Expectation(table=b.table_name("User"), min=2000),))
    verdict = judge(b.observation(b.state(USERS), rules=rules))
    assert set(verdict.codes()) == {Code.BASELINE_MISSING, Code.ROWS_BELOW_FLOOR}


def test_a_database_that_cannot_be_read_and_was_never_accepted_is_both() -> None:
    unreadable = Unreadable(code=Code.IDENTITY_UNREACHABLE, reason="nobody listens there", hint="look")
    assert judge(b.observation(unreadable)).codes() == (Code.IDENTITY_UNREACHABLE, Code.BASELINE_MISSING)


def test_a_severity_raised_by_the_configuration_blocks() -> None:
    warned = SITUATIONS[Code.DATA_STALE]
    assert judge(warned).outcome is Outcome.WARN
    raised = replace(warned.rules, raised={Code.DATA_STALE: Severity.CRITICAL})
    assert judge(replace(warned, rules=raised)).outcome is Outcome.BLOCK


def test_most_tables_are_empty_only_when_more_than_half_of_them_are() -> None:
    full, empty = b.table("A", 1), b.table("B", 0)
    assert not mostly_empty(b.state(full, empty))
    assert mostly_empty(b.state(full, empty, b.table("C", 0)))
    assert mostly_empty(b.state())
    assert not mostly_empty(b.state(full, b.table("B", None)))


@given(before=COUNTS, found=COUNTS, more=st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 3000)))
def test_more_rows_never_make_the_verdict_worse(
    before: dict[str, int], found: dict[str, int], more: dict[str, int]
) -> None:
    baseline = b.baseline(*(b.table(name, rows) for name, rows in before.items()))
    rules = Rules(expectations=(Expectation(table=b.table_name("A"), min=100),))

    def outcome(counts: dict[str, int]) -> int:
        state = b.state(*(b.table(name, rows) for name, rows in counts.items()))
        return _SEVERE[judge(b.observation(state, baseline, rules=rules)).outcome]

    grown = {name: rows + more.get(name, 0) for name, rows in found.items()}
    assert outcome(grown) <= outcome(found)


@given(before=COUNTS, data=st.data())
def test_losing_all_rows_of_a_table_always_blocks(before: dict[str, int], data: st.DataObject) -> None:
    lost = data.draw(st.sampled_from(sorted(before)))
    before = {**before, lost: before[lost] + 1}
    baseline = b.baseline(*(b.table(name, rows) for name, rows in before.items()))
    state = b.state(*(b.table(name, 0 if name == lost else rows) for name, rows in before.items()))
    verdict = judge(b.observation(state, baseline))
    assert verdict.outcome is Outcome.BLOCK
    assert lost in {each.subject for each in verdict.findings if each.code is Code.ROWS_ZERO}


@given(before=COUNTS)
def test_a_state_equal_to_its_baseline_always_passes(before: dict[str, int]) -> None:
    tables = [b.table(name, rows) for name, rows in before.items()]
    assert judge(b.observation(b.state(*tables), b.baseline(*tables))).outcome is Outcome.PASS
