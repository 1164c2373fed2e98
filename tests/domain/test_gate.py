"""The gate's one decision: what the report's title says, what the record keeps, and what is let through."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.deploying.gate import Decision, Freeze, Light, Override, alarming, named_all
from bot.domain.findings import Code, Finding, Outcome, Severity, Verdict, finding, verdict
from bot.domain.outcome import Kind
from bot.domain.outcome import Outcome as Foretold
from bot.domain.restoring.facts import BoundTarget, target_of
from bot.slack.views import deployment_reports as view
from tests import builders as b

TARGET = target_of(b.IDENTITY)
OTHER = replace(TARGET, oid=b.OID + 1)
FREEZE = Freeze(database=None, by="U2", since=b.NOON, reason="we look for the cause")
TITLES = {
    Light.CLEAR: "🟢 Clear to deploy",
    Light.SECOND_PERSON: "🟠 Needs a second person",
    Light.BLOCKED: "🔴 Blocked",
    Light.OVERRIDDEN: "🟠 Overridden, open to deploy",
}


def override(*covered: Finding, target: BoundTarget = TARGET) -> Override:
    return Override(
        id="op-1",
        database=b.DATABASE,
        release="v1.4.0",
        target=target,
        findings=named_all(Verdict(findings=covered)),
        reason="it is meant",
        requested_by="U1",
        approved_by=("U2",),
        valid_until=b.NOON + timedelta(minutes=30),
    )


def title(decision: Decision) -> str:
    deployment = Deployment(
        id="op-1", database=b.DATABASE, release="v1.4.0", opened_by="U1", stage=Stage.GATE, created_at=b.NOON
    )
    foretold = Foretold(kind=Kind.UNKNOWN, sentence="not known")
    said, _ = view.gate(deployment, b.observation(b.state()), decision, foretold, None, b.NOON)
    return said


found = st.builds(
    lambda code, severity, subject: replace(finding(code, subject, "1,204 → 0"), severity=severity),
    st.sampled_from(Code),
    st.sampled_from(Severity),
    st.sampled_from(["User", "Invoice", "20250201_drop"]),
)
verdicts = st.lists(found, max_size=6).map(verdict)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    judged = draw(verdicts)
    covered = draw(st.lists(st.sampled_from(judged.findings), max_size=6)) if judged.findings else []
    covered = draw(st.sampled_from([covered, list(judged.findings)]))
    overridden = override(*covered, target=draw(st.sampled_from([TARGET, OTHER])))
    return Decision(
        verdict=judged,
        target=draw(st.sampled_from([TARGET, OTHER, None])),
        freeze=draw(st.sampled_from([None, FREEZE])),
        override=draw(st.sampled_from([None, overridden])),
    )


@given(decisions())
def test_the_title_says_what_the_gate_does(decision: Decision) -> None:
    assert title(decision) == TITLES[decision.light]
    assert decision.light.opens == (decision.light in (Light.CLEAR, Light.OVERRIDDEN))


@given(decisions())
def test_no_gate_opens_that_is_frozen_or_unread_or_has_what_nobody_overrode(decision: Decision) -> None:
    if not decision.light.opens:
        return
    assert decision.freeze is None
    assert decision.target is not None
    overridden = decision.used_override
    if overridden is None:
        assert decision.verdict.outcome is not Outcome.BLOCK
    else:
        assert decision.target == overridden.target
        assert named_all(decision.verdict) <= overridden.findings


@given(decisions())
def test_an_override_is_never_needed_where_nothing_blocks(decision: Decision) -> None:
    if decision.verdict.outcome is not Outcome.BLOCK:
        assert decision.used_override is None


@given(verdicts, st.sampled_from([code for code in Code if code.group != "release"]))
def test_a_second_person_alone_is_asked_where_nothing_but_the_release_is_in_question(
    judged: Verdict, code: Code
) -> None:
    fault = replace(finding(code, "User", "1,204 → 0"), severity=Severity.CRITICAL)
    worse = verdict((*judged.findings, fault))
    assert Decision(verdict=worse, target=TARGET).light is Light.BLOCKED


@pytest.mark.parametrize("target", [OTHER, replace(TARGET, server="other"), replace(TARGET, marker=None)])
def test_an_override_is_for_the_very_database_that_was_meant(target: BoundTarget) -> None:
    lost = finding(Code.IDENTITY_RECREATED, b.DATABASE, "same name, another database")
    judged = Verdict(findings=(lost,))
    decision = Decision(verdict=judged, target=TARGET, override=override(lost))
    assert decision.light is Light.OVERRIDDEN
    assert replace(decision, target=target).light is Light.BLOCKED
    assert replace(decision, target=target).void_because == "it is another database by now"


@pytest.mark.parametrize("code", [Code.IDENTITY_UNREACHABLE, Code.ROWS_UNREADABLE, Code.HISTORY_RUNNING])
def test_what_a_release_at_work_brings_about_by_itself_is_no_alarm(code: Code) -> None:
    assert alarming([finding(code, "User", "it is locked")]) == ()


def report(judged: Verdict, foretold: Foretold) -> str:
    deployment = Deployment(
        id="op-1", database=b.DATABASE, release="v1.4.0", opened_by="U1", stage=Stage.GATE, created_at=b.NOON
    )
    seen = b.observation(b.state(history=b.history()))
    _, paragraphs = view.gate(
        deployment, seen, Decision(verdict=judged, target=TARGET), foretold, None, b.NOON
    )
    return "\n".join(line for lines in paragraphs for line in lines)


NOT_KNOWN = Foretold(kind=Kind.UNKNOWN, sentence="not known: there are 2 migration histories")
EMPTY = finding(Code.ROWS_ZERO, "User", "1,204 → 0")
BRINGS_BACK = "brings the data back"


def test_a_restore_is_offered_where_rows_are_missing() -> None:
    assert BRINGS_BACK in report(verdict([EMPTY]), NOT_KNOWN)


def test_rows_that_lie_elsewhere_are_told_and_not_restored() -> None:
    elsewhere = finding(Code.DATA_ELSEWHERE, "User", "1,204 rows in schema public_old")
    said = report(verdict([EMPTY, elsewhere]), NOT_KNOWN)
    assert "1,204 rows in schema public_old" in said
    assert BRINGS_BACK not in said


def test_a_release_that_leads_elsewhere_is_no_reason_to_restore() -> None:
    astray = finding(Code.IDENTITY_OTHER_DATABASE, "connection string", "it leads to another one")
    assert BRINGS_BACK not in report(verdict([astray]), NOT_KNOWN)


def test_migrations_that_are_not_known_are_not_counted() -> None:
    assert "0 applied" not in report(verdict([EMPTY]), NOT_KNOWN)
