"""What people are told of traffic: what is closed, by whom, and the way back; no block that Slack refuses."""

from datetime import UTC, datetime

import pytest

from bot.domain.findings import Code, Finding, Severity, Verdict
from bot.domain.restoring.traffic import Stopped, Traffic
from bot.slack.blocks import Button, Message, actions, section
from bot.slack.views import traffic as view

NOW = Stopped(by="U1", since=datetime(2025, 10, 8, 19, 25, tzinfo=UTC), reason="<!channel> *x*", fenced=True)
RUINS = Verdict(
    findings=(
        Finding(code=Code.ROWS_ZERO, severity=Severity.CRITICAL, subject="User", detail="12 → 0", hint=""),
    )
)


def test_every_message_says_that_traffic_is_stopped_above_its_buttons() -> None:
    button = actions(Button(label="Verify", action="verify_again", value="ledger"))
    told = view.reminding(Message(text="x", blocks=(section("x"), button)), "ledger", NOW)
    assert told.blocks[-1] == button
    line = str(told.blocks[-2])
    assert "by the fence, by <@U1> since <!date^" in line
    assert "/traffic start ledger REASON" in line
    assert "<!channel>" not in line


def test_a_message_is_as_it_was_where_nothing_is_stopped() -> None:
    message = Message(text="x", blocks=(section("x"),))
    assert view.reminding(message, "ledger", None) is message


@pytest.mark.parametrize("now", [None, NOW])
@pytest.mark.parametrize("commands", [(), (("kubectl", "scale"),)])
def test_no_paragraph_of_the_plan_is_empty(
    now: Stopped | None, commands: tuple[tuple[str, ...], ...]
) -> None:
    lines = view.plan_lines(RUINS, Traffic(stop=commands, start=commands), now)
    assert all(paragraph and all(paragraph) for paragraph in lines)
    assert "rows.zero" in str(lines)
    assert ("lifted" in str(lines)) == (now is not None)
    assert ("kubectl scale" in str(lines)) == bool(commands)
