"""What people say of an incident: notes, updates, roles; and how it stands."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.incidents.incident import Incident, Role
from bot.domain.incidents.timeline import Source
from bot.domain.people import Person, ineligible
from bot.domain.words import TEXT_CHARS
from bot.errors import NotFound, UsageError
from bot.operations.incidents import pinning, records, room
from bot.operations.posting import post
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import incident as view
from bot.slack.views import incident_talk as talk
from bot.store import audit, deployments, incidents
from bot.store.database import clock

#: How many incidents a list shows, and how many entries a status.
LISTED = 10
LAST = 5
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|@?([UW][A-Z0-9]{6,})")


def the_open(services: Services, database: str) -> Incident:
    """The open incident of a database; raises `NotFound`, with how the last one ended."""
    services.database(database)
    with services.store.transaction() as connection:
        standing = incidents.open_of(connection, database)
        last = next(iter(incidents.newest(connection, [database], 1)), None)
    if standing is not None:
        return standing
    told = f"; the last one, {last.id}, is closed" if last else ""
    raise NotFound(
        f"no incident of {database} is open{told}",
        f"`/incident open {database} WHAT HAPPENED` opens one, `/incident list` shows them",
    )


def in_channel(services: Services, channel: str) -> Incident | None:
    """The incident whose own channel this is, open or closed."""
    with services.store.transaction() as connection:
        return incidents.of_channel(connection, channel)


def refuse_closed(incident: Incident) -> None:
    """Nothing is added to it any more, and what is typed in its channel is not meant for another one."""
    if not incident.is_open:
        raise NotFound(
            f"{incident.id} is closed; nothing was recorded",
            f"`/incident list` shows those that are open, `/incident open {incident.database} WHAT HAPPENED` "
            "opens another one",
        )


def whom(services: Services, incident: Incident, typed: str) -> str:
    """The id of the person who was mentioned, or named as they are in the incident's channel; raises
    `NotFound`, and `UsageError` where they may not use the bot."""
    if mentioned := _PERSON.fullmatch(typed):
        return _able(services, services.slack.person(mentioned[1] or mentioned[2]))
    wanted = typed.removeprefix("@").casefold()
    place = incident.channel or services.database(incident.database).channel
    present = services.slack.members(services.slack.channel(place))
    people = [services.slack.person(each) for each in present]
    fitting = [person for person in people if person.name.casefold() == wanted]
    if len(fitting) != 1:
        count = "nobody" if not fitting else "more than one"
        raise NotFound(f"{count} here is called {typed[:60]!r}", "invite them first, or type their user id")
    return _able(services, fitting[0])


def _able(services: Services, person: Person) -> str:
    if reason := ineligible(person, team_id=services.slack.team_id):
        raise UsageError(
            f"{person.name} {reason}, and could do nothing here; the role was not given",
            "name a full member of this workspace",
        )
    return person.id


def note(services: Services, incident: Incident, text: str, by: str, key: str) -> None:
    """Into the timeline, and shown; `key` tells this note from others, however often it is delivered."""
    refuse_unsayable(text, f"/incident note {incident.database} TEXT")
    with services.store.transaction() as connection:
        held = _held(connection, incident)
        _record(connection, held, key, by, Source.NOTE, text)
        room.say(services, connection, held, f"{incident.id}:{key}", talk.note(text, by))


def update(services: Services, incident: Incident, text: str, by: str, key: str) -> tuple[str, ...]:
    """How it stands, told wherever people wait for it; returns the channels besides the incident's own."""
    refuse_unsayable(text, f"/incident update {incident.database} TEXT")
    told = talk.update(incident, text, by)
    channels = tuple(
        dict.fromkeys(
            (
                services.database(incident.database).incidents,
                *services.settings.incidents.stakeholders,
            )
        )
    )

    def changed(connection: Connection[Any], held: Incident) -> Incident:
        now = clock(connection)
        _record(connection, held, key, by, Source.UPDATE, text)
        return replace(held, update=text, updated_at=now, reminded_at=now)

    with services.store.transaction() as connection:
        incident = _change(services, connection, incident, changed)
        room.say(services, connection, incident, f"{incident.id}:{key}", told)
        for channel in channels:
            post(connection, f"{incident.id}:{key}:{channel}", channel, told)
        audit.append(
            connection,
            actor=by,
            action="incident.update",
            subject=incident.id,
            detail={"text": text, "channels": channels},
        )
    return channels


def give_role(services: Services, incident: Incident, role: Role, person: str, by: str, key: str) -> None:
    """One person has a role; whoever had it before gives it away."""

    def changed(connection: Connection[Any], held: Incident) -> Incident:
        _record(connection, held, key, by, Source.ROLE, f"{role}: <@{person}>")
        return replace(held, roles={**held.roles, role: person})

    with services.store.transaction() as connection:
        incident = _change(services, connection, incident, changed)
        room.say(services, connection, incident, f"{incident.id}:{key}", talk.given(role, person, by))


def status(services: Services, incident: Incident) -> Message:
    """How it stands, what is known, and what happened last; pinned messages as they are by now."""
    if services.directory is not None:
        pinning.follow(services, incident)
    with services.store.transaction() as connection:
        entries = records.timeline(connection, incident)
        frozen = deployments.frozen(connection, incident.database)
    return view.status(incident, frozen, talk.lines(entries[-LAST:]))


def listing(services: Services, databases: Sequence[str]) -> Message:
    """The newest first."""
    return view.listing(newest(services, databases), services.store.now())


def newest(services: Services, databases: Sequence[str]) -> list[Incident]:
    """The newest first."""
    with services.store.transaction() as connection:
        return incidents.newest(connection, databases, LISTED)


def refuse_unsayable(text: str, command: str) -> None:
    if not text.strip():
        raise UsageError("there is nothing to say yet", f"`{command}`")
    if len(text) > TEXT_CHARS:
        raise UsageError(
            f"{wording.count(len(text))} characters are more than {wording.count(TEXT_CHARS)}; "
            "nothing was recorded",
            "say it in parts, or post it as a message and put 📌 on it",
        )


def _change(
    services: Services,
    connection: Connection[Any],
    incident: Incident,
    change: Callable[[Connection[Any], Incident], Incident],
) -> Incident:
    """What it is by now, recorded and shown."""
    changed = incidents.save(connection, change(connection, _held(connection, incident)))
    room.draw(services, connection, changed)
    return changed


def _held(connection: Connection[Any], incident: Incident) -> Incident:
    """As it is now, and as long as this transaction lasts; raises `NotFound` where it is closed by now."""
    held = incidents.hold(connection, incident.id)
    refuse_closed(held)
    return held


def _record(
    connection: Connection[Any], incident: Incident, key: str, by: str, source: Source, text: str
) -> None:
    incidents.record(connection, incident.id, key=key, at=clock(connection), by=by, source=source, text=text)
