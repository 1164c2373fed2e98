"""Writes the report of an incident, and puts it where people find it: a canvas, a file, or messages."""

from collections.abc import Callable
from datetime import timedelta

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.report import report, title
from bot.errors import CommandFailed
from bot.operations.attempt import Attempt
from bot.operations.incidents import pinning, room
from bot.operations.incidents.accounting import account
from bot.operations.patience import until_answered
from bot.operations.services import Services
from bot.slack import papers
from bot.slack.rooms import Declined
from bot.slack.views import incident_report as view
from bot.store import incidents, operations, outbox

#: How long a Slack that does not answer is asked again for each place of the report.
PATIENCE = timedelta(seconds=30)


def write(services: Services, incident_id: str) -> str:
    """The report as markdown, from the bot's own records; raises `NotFound`."""
    with services.store.transaction() as connection:
        return report(account(services, connection, incidents.load(connection, incident_id)))


def publish(attempt: Attempt, incident: Incident) -> None:
    """Once for an operation, as far as Slack says what it did."""
    if attempt.operation.result.get("report"):
        return
    services, refused = attempt.services, []
    if unread := pinning.follow(services, incident):
        refused.append(f"Pinned messages could not be read again, and stand as they were recorded: {unread}")
    with services.store.transaction() as connection:
        known = account(services, connection, incident)
    heading, text = title(known), report(known)
    where = _put(attempt, incident, heading, text, refused)
    with attempt.ending() as connection:
        operations.note(
            connection, attempt.operation.id, attempt.token, {"closed": True, "report": where or "messages"}
        )
        key = f"{incident.id}:report"
        shown = view.published(incident, where or "follows as messages, to be copied", refused)
        room.say(services, connection, incident, key, shown)
        for number, part in enumerate(view.in_messages(incident, text) if not where else ()):
            room.say(services, connection, incident, f"{key}:{number}", part)


def _put(attempt: Attempt, incident: Incident, heading: str, text: str, refused: list[str]) -> str:
    """Where it is, or why it is nowhere; empty where messages have to do. `refused` gets what failed."""
    services = attempt.services
    if not room.shows_counts(services, incident):
        return "is not told here: it has counts of rows, and people from outside may read along"
    place: tuple[str, str | None] | None = (incident.channel, None)
    if not incident.channel:
        with services.store.transaction() as connection:
            place = outbox.place_of(connection, incident.id)
    elif where := _as_canvas(attempt, incident, heading, text, refused):
        return where
    return _as_file(attempt, incident, place, heading, text, refused) if place else ""


def _as_canvas(attempt: Attempt, incident: Incident, heading: str, text: str, refused: list[str]) -> str:
    """Where it is; empty where that did not work, and then `refused` has the reason."""
    directory = attempt.services.slack
    made = _tried(
        attempt,
        "No canvas",
        refused,
        lambda: papers.canvas(directory.client, incident.channel, heading, text),
    )
    return f"<{directory.canvas_address(made)}|in the canvas of this channel>" if made else ""


def _as_file(
    attempt: Attempt,
    incident: Incident,
    place: tuple[str, str | None],
    heading: str,
    text: str,
    refused: list[str],
) -> str:
    client, (channel, thread_ts) = attempt.services.slack.client, place

    def upload() -> str:
        papers.file(client, channel, thread_ts, f"{incident.id}.md", heading, text)
        return "in the file above"

    return _tried(attempt, "No file", refused, upload)


def _tried(attempt: Attempt, what: str, refused: list[str], act: Callable[[], str]) -> str:
    """Nothing of it is worth waiting for: there is another place."""
    try:
        return until_answered(act, attempt.should_stop, patience=PATIENCE, nothing=f"{what.lower()} was made")
    except (Declined, CommandFailed) as why:
        refused.append(f"{what}: {why.reason}")
        return ""
