"""The report of an incident as messages: all of it, within Slack's limits."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks import unescape
from bot.slack.views import incident_report
from tests.slack.limits import check
from tests.views.test_others import INCIDENT

LINES = st.lists(st.text("ab |&<>#-*[]", max_size=4000), max_size=40)


@given(lines=LINES)
def test_nothing_of_a_long_report_is_lost(lines: list[str]) -> None:
    markdown = "\n".join(["# Incident report", *lines, "the end"])
    sent = [check(message) for message in incident_report.in_messages(INCIDENT, markdown)]
    last = f"The report of the incident of {INCIDENT.database}, {len(sent)} of {len(sent)}"
    assert sent[-1].text == last
    shown = [block["text"]["text"] for message in sent for block in message.blocks]
    assert all(text.startswith("```") and text.endswith("```") for text in shown)
    assert "".join(unescape(text[3:-3]) for text in shown) == markdown
