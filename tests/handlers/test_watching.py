"""Alerts before people: 👀 below one of them, its button, and `/watch`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.findings import Code, finding
from bot.operations.alerting import attending
from bot.operations.alerting.reporting import report
from bot.store import alerts
from tests.e2e.people import Message, buttons, says, text_of
from tests.handlers.office import BOT, JONAS, MARA, Office
from tests.waiting import until

CAUSE = Cause(matter=Matter.DRILL, database="projectledger")
FAILED = finding(Code.BACKUP_CORRUPT, "B-20251008-191204-abcd", "its checksum differs")
SEEN = "eyes"


@pytest.fixture
def message(office: Office) -> Iterator[Message]:
    """A critical alert, posted, with the emoji below it."""
    report(office.services, CAUSE, [FAILED], sure="restored in a throw-away cluster")
    posted = office.slack.wait("incidents", says("a drill failed", standing(office).id))
    until(lambda: place(office))
    attending.look_after(office.services)
    yield office.slack.wait("incidents", lambda each: each["ts"] == posted["ts"] and by(each) == [BOT])
    with office.services.store.transaction() as connection:
        connection.execute("DELETE FROM alerts")
        connection.execute("DELETE FROM maintenance_windows")


def standing(office: Office) -> Alert:
    with office.services.store.transaction() as connection:
        (found,) = alerts.recent(connection, timedelta(days=1))
    return found


def place(office: Office) -> tuple[str, str] | None:
    """Where the bot knows that Slack has the alert's message: a little later than Slack has it."""
    with office.services.store.transaction() as connection:
        return alerts.place_of(connection, standing(office).id)


def by(message: Message) -> list[str]:
    """Who put the emoji below it."""
    found = {each["name"]: each["users"] for each in message.get("reactions", ())}
    return list(found.get(SEEN, []))


def test_a_tap_on_the_eyes_says_who_looks_into_it_until_it_is_taken_back(
    office: Office, message: Message
) -> None:
    office.slack.react(office.slack.one("guest"), "incidents", message, SEEN)
    office.slack.react(JONAS, "incidents", message, SEEN)
    until(lambda: standing(office).acknowledged_by == (JONAS,))
    office.slack.wait("incidents", says(f"<@{JONAS}> looks into it", standing(office).id))
    assert (JONAS, "alert.acknowledged") in office.logged()
    office.slack.react(JONAS, "incidents", message, SEEN, remove=True)
    until(lambda: standing(office).acknowledged_by == ())
    assert (JONAS, "alert.left") in office.logged()


def test_an_event_that_was_lost_is_made_up_for(office: Office, message: Message) -> None:
    office.hear_nothing()
    office.slack.react(MARA, "incidents", message, SEEN)
    assert standing(office).acknowledged_by == ()
    attending.look_after(office.services, again=True)
    assert standing(office).acknowledged_by == (MARA,)


def test_another_emoji_says_nothing(office: Office, message: Message) -> None:
    office.slack.react(MARA, "incidents", message, "tada")
    office.slack.react(JONAS, "incidents", message, SEEN)
    until(lambda: standing(office).acknowledged_by == (JONAS,))


def test_an_alert_leads_to_a_look(message: Message) -> None:
    assert [button["action_id"] for button in buttons(message)] == ["verify_again"]


def answered(office: Office, user: str, words: str) -> str:
    """What `/watch …` says to whoever typed it."""
    before = {each["ts"] for each in office.slack.messages("ops", as_user=user)}
    office.slack.command(user, "ops", "/watch", words)
    new = office.slack.wait("ops", lambda each: each["ts"] not in before, as_user=user)
    return text_of(new)


def test_quiet_status_and_resume(office: Office, message: Message) -> None:
    assert "told calmly until" in answered(office, JONAS, "quiet 2h the server is moved")
    office.slack.wait("incidents", says("Maintenance · projectledger", "the server is moved"))
    told = answered(office, JONAS, "status")
    for words in (
        "1 alert open",
        "a drill failed",
        "*Maintenance*",
        f"<@{JONAS}>",
        "the server is moved",
        "*Replication*",
    ):
        assert words in told
    assert "told aloud again" in answered(office, JONAS, "resume")
    office.slack.wait("incidents", says("Maintenance is over", f"<@{JONAS}>"))
    assert "no maintenance window of projectledger is open" in answered(office, JONAS, "resume")


def test_why_it_is_to_be_quiet_is_asked_for_in_a_form(office: Office, message: Message) -> None:
    office.slack.command(JONAS, "ops", "/watch", "quiet projectledger 2h")
    office.slack.fill_in(JONAS, "the disk is exchanged")
    office.slack.wait("incidents", says("Maintenance · projectledger", "the disk is exchanged"))
    assert "told aloud again" in answered(office, JONAS, "resume")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("quiet soon", "'soon' is not a duration"),
        ("quiet 3d we move", "lasts at most 24 h"),
        ("quiet", "for how long is missing"),
        ("shut up", "'shut' is not understood"),
        ("help", "/watch status | quiet"),
    ],
)
def test_what_cannot_be_done_is_answered_in_words(office: Office, words: str, answer: str) -> None:
    assert answer in answered(office, JONAS, words)


def test_a_window_that_ends_below_another_one_says_so(office: Office, message: Message) -> None:
    answered(office, JONAS, "quiet all 2h the network is exchanged")
    answered(office, JONAS, "quiet projectledger 1h the disk is exchanged")
    told = answered(office, JONAS, "resume projectledger")
    assert "This window is over" in told
    assert "`/watch resume all`" in told
    assert "told aloud again" in answered(office, JONAS, "resume all")


def test_guests_may_not_make_it_quiet(office: Office) -> None:
    guest = office.slack.one("guest")
    assert "is a guest" in answered(office, guest, "quiet 2h hush")
