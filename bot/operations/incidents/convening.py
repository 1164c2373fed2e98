"""Makes the channel of an incident, calls people into it, and tells there what is known.

Every step may be repeated: another alert joins an incident whose channel stands already.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain.incidents import evidence as facts
from bot.domain.incidents.incident import Incident
from bot.domain.incidents.naming import channel_names
from bot.domain.people import in_slack
from bot.errors import CommandFailed
from bot.operations.attempt import Attempt
from bot.operations.incidents import looking, room
from bot.operations.patience import until_answered
from bot.operations.services import Services
from bot.slack import rooms
from bot.slack.blocks import escape
from bot.slack.rooms import Declined
from bot.slack.views import incident as view
from bot.slack.views import incident_talk as talk
from bot.store import audit, incidents, operations, outbox

#: How long a Slack that does not answer is asked again for the channel, and for all the rest.
PATIENCE = timedelta(minutes=10)
HASTE = timedelta(seconds=20)
#: How long the summary may take to stand in the channel before it is left unpinned, and how often is looked;
#: in seconds.
DELIVERY = 20.0
LOOK = 0.1


def run(attempt: Attempt) -> None:
    incident = _load(attempt)
    if not incident.is_open:
        _finish(attempt, incident)
        return
    makes_room = not incident.channel
    if makes_room:
        incident = _with_room(attempt, incident)
    # Whoever comes finds the evidence there, and a Slack that is slow to invite does not hold it up.
    incident = _with_evidence(attempt, incident)
    problems = _called(attempt, incident) if incident.channel else []
    if incident.channel and makes_room:
        problems += _furnished(attempt, incident)
    _finish(attempt, incident, problems)


def _load(attempt: Attempt) -> Incident:
    with attempt.ending() as connection:
        return incidents.load(connection, attempt.operation.request["incident"])


def _with_room(attempt: Attempt, incident: Incident) -> Incident:
    """Its channel, or the reason why it has none: it is told in a thread then."""
    channel, name, because = "", "", ""
    try:
        channel, name = _made(attempt, incident)
    except (Declined, CommandFailed) as failed:
        because = failed.reason
    with attempt.ending() as connection:
        held = incidents.hold(connection, incident.id)
        incident = replace(held, channel=channel, channel_name=name, no_channel=because)
        incident = incidents.save(connection, incident)
        room.draw(attempt.services, connection, incident)
        audit.append(
            connection,
            actor="secondkey",
            action="incident.channel",
            subject=incident.database,
            detail={"incident": incident.id, "channel": channel, "name": name, "because": because},
        )
    return incident


def _made(attempt: Attempt, incident: Incident) -> tuple[str, str]:
    """The id and the name of its channel, which an earlier attempt may have made; raises `Declined`."""
    directory, private = attempt.services.slack, attempt.services.settings.incidents.private
    purpose = f"Incident {incident.id} of {incident.database}"
    for name in channel_names(incident):
        ask = partial(rooms.create, directory, name, purpose, private=private)
        channel = _asked(attempt, ask, PATIENCE)
        if channel is not None:
            return channel, name
    raise Declined("name_taken", "all names for its channel are taken")


def _called(attempt: Attempt, incident: Incident) -> list[str]:
    """Invite whoever is configured, those who approve, and whoever opened it; what did not work."""
    services = attempt.services
    entries = (
        *services.settings.incidents.invite,
        *services.database(incident.database).approvers,
        *([incident.opened_by] if in_slack(incident.opened_by) else []),
    )
    directory, problems = services.slack, list[str]()

    def invite() -> None:
        found = directory.resolve(list(dict.fromkeys(entries)))
        problems[:] = found.problems
        rooms.invite(directory.client, incident.channel, found.eligible(directory.team_id))

    refused = _tried(attempt, invite, "inviting people")
    return [*problems, *refused]


def _with_evidence(attempt: Attempt, incident: Incident) -> Incident:
    services = attempt.services
    found = looking.look(services, incident, attempt.purpose, attempt.should_stop)
    counts = room.shows_counts(services, incident)
    with attempt.ending() as connection:
        held = incidents.hold(connection, incident.id)
        if held.evidence is not None:
            # An alert may have joined meanwhile.
            found = replace(found, findings=facts.found(held.evidence.findings, found.findings))
        incident = incidents.save(connection, replace(held, evidence=found))
        room.draw(services, connection, incident)
        shown = view.evidence(incident, found if counts else facts.without_counts(found))
        room.say(services, connection, incident, f"{incident.id}:evidence", shown)
    return incident


def _furnished(attempt: Attempt, incident: Incident) -> list[str]:
    """What the channel is about, and the summary at its top; what did not work."""
    client, channel = attempt.services.slack.client, incident.channel
    described = _tried(attempt, lambda: rooms.describe(client, channel, escape(incident.what)), "the topic")
    stands = _summary_stands(attempt, incident)
    if stands is None:
        return [*described, "the summary did not come through yet, and is not pinned"]
    return [
        *described,
        *_tried(attempt, lambda: rooms.pin(client, channel, stands), "pinning the summary"),
        *_tried(attempt, lambda: _bookmark(attempt.services, incident, stands), "the bookmark"),
    ]


def _bookmark(services: Services, incident: Incident, ts: str) -> None:
    if link := services.slack.address(incident.channel, ts):
        rooms.bookmark(services.slack.client, incident.channel, "Summary of the incident", link)


def _summary_stands(attempt: Attempt, incident: Incident) -> str | None:
    """Where the summary stands in the channel, once it was delivered; None where that takes too long."""
    deadline = time.monotonic() + DELIVERY
    while time.monotonic() < deadline and not attempt.should_stop():
        with attempt.services.store.transaction() as connection:
            place = outbox.place_of(connection, room.summary_key(incident))
        if place is not None:
            return place[1]
        attempt.ghost.wait(LOOK)
    return None


def _finish(attempt: Attempt, incident: Incident, problems: list[str] | None = None) -> None:
    services, operation = attempt.services, attempt.operation
    with attempt.ending() as connection:
        if problems:
            room.say(services, connection, incident, f"{incident.id}:troubles", talk.troubles(problems))
        operations.finish(
            connection, operation.id, attempt.token, {"incident": incident.id, "channel": incident.channel}
        )


def _tried(attempt: Attempt, ask: Callable[[], object], what: str) -> list[str]:
    """Nothing where it worked; else what did not, and why: the incident goes on without it."""
    try:
        _asked(attempt, ask, HASTE)
    except (Declined, CommandFailed) as failed:
        return [f"{what}: {failed.reason}"]
    return []


def _asked(attempt: Attempt, ask: Callable[[], Any], patience: timedelta) -> Any:
    """What Slack answers; raises `Declined`, `Stopped`, and `CommandFailed` where it does not answer."""
    return until_answered(ask, attempt.should_stop, patience=patience, nothing="it was not done")
