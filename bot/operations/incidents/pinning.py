"""📌 on a message puts it into the timeline of the incident; what became of it since is followed.

Whatever comes as an event, the message is read again: added and removed may come in the wrong order.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from psycopg import Connection

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.timeline import Source
from bot.domain.people import BOT, ineligible
from bot.errors import NotFound
from bot.operations.services import Services
from bot.slack import pinned
from bot.slack.pinned import PIN, Said
from bot.slack.trouble import NO_ANSWER, trouble_of
from bot.store import audit, incidents, pins
from bot.store.pins import Place

log = structlog.get_logger()
#: How often a message that changes all the time is read for one reaction.
READINGS = 5
#: How often the messages of open incidents are read again, in seconds.
EVERY = 300.0


def reacted(services: Services, event: Mapping[str, Any]) -> None:
    """A reaction came or went below some message."""
    if event["reaction"] != PIN or not _may_pin(services, event["user"]):
        return
    place = Place(channel=event["item"]["channel"], ts=event["item"]["ts"])
    try:
        _take_over(services, place, event["user"])
    except NO_ANSWER as error:
        log.warning("a pinned message cannot be read", place=place.key, reason=trouble_of(error).reason)


def _take_over(services: Services, place: Place, by: str) -> None:
    """As Slack has it. Others do the same with what they read earlier or later: whoever writes last must have
    read what is so."""
    said = pinned.read(services.slack, place.channel, place.ts)
    for _ in range(READINGS):
        link = services.slack.address(place.channel, place.ts) if said else ""
        with services.store.transaction() as connection:
            if said is None or not said.pinned:
                _take_out(connection, place, by)
            elif incident := pins.incident_of(connection, place, said.thread_ts):
                _put_in(services, connection, incident, place, said, link, by)
        before, said = said, pinned.read(services.slack, place.channel, place.ts)
        if said == before:
            return


def follow_all(services: Services, should_stop: Callable[[], bool]) -> None:
    """Of every open incident."""
    with services.store.transaction() as connection:
        standing = incidents.all_open(connection)
    for incident in standing:
        if not should_stop():
            follow(services, incident)


def follow(services: Services, incident: Incident) -> str:
    """Read every message of the timeline again, and find those whose 📌 was missed.

    Returns why that could not be done; empty where it was. The timeline stands as it was recorded then.
    """
    try:
        _follow(services, incident)
    except NO_ANSWER as error:
        reason = trouble_of(error).reason
        log.warning("pinned messages cannot be read again", incident=incident.id, reason=reason)
        return reason
    return ""


def _follow(services: Services, incident: Incident) -> None:
    directory = services.slack
    listed = pinned.channel(directory, incident.channel, incident.opened_at) if incident.channel else ()
    there = {Place(channel=incident.channel, ts=said.ts): said for said in listed}
    with services.store.transaction() as connection:
        standing = [each for each in incidents.entries(connection, incident.id) if each.removed_at is None]
    known = {place: entry for entry in standing if (place := pins.place_of(entry))}
    for place in known:
        said = there.get(place) or pinned.read(directory, place.channel, place.ts)
        with services.store.transaction() as connection:
            _followed(connection, place, said)
    for place, said in there.items():
        by = next((user for user in said.pinned_by if _may_pin(services, user)), None)
        if by is not None and place not in known:
            link = directory.address(place.channel, place.ts)
            with services.store.transaction() as connection:
                _put_in(services, connection, incident, place, said, link, by)


def _followed(connection: Connection[Any], place: Place, said: Said | None) -> None:
    if said is None or not said.pinned:
        _take_out(connection, place, BOT)
    elif pins.edited(connection, place, said.text):
        _log(connection, place, BOT, "incident.pin-edited", text=said.text)


def _put_in(
    services: Services,
    connection: Connection[Any],
    incident: Incident,
    place: Place,
    said: Said,
    link: str,
    by: str,
) -> None:
    """A second 📌 changes nothing, and what was taken out before comes back."""
    stands = pins.stands(connection, place)
    pins.edited(connection, place, said.text)
    incidents.record(
        connection,
        incident.id,
        key=place.key,
        at=said.at,
        by=BOT if said.by == services.slack.bot_user_id else said.by,
        source=Source.PIN,
        text=said.text,
        link=link,
    )
    if not stands:
        _log(connection, place, by, "incident.pinned", text=said.text, incident=incident.id)


def _take_out(connection: Connection[Any], place: Place, by: str) -> None:
    if incidents.entry_removed(connection, place.key):
        _log(connection, place, by, "incident.unpinned")


def _log(connection: Connection[Any], place: Place, by: str, action: str, **detail: str) -> None:
    where = {"channel": place.channel, "ts": place.ts}
    audit.append(connection, actor=by, action=action, subject=place.key, detail={**where, **detail})


def _may_pin(services: Services, user: str) -> bool:
    try:
        person = services.slack.person(user)
    except NotFound:
        return False
    return user != services.slack.bot_user_id and ineligible(person, team_id=services.slack.team_id) is None
