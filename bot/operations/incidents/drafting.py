"""Texts for people outside: drafted from known facts, and sent word for word once a person says so."""

from typing import Any

from psycopg import Connection

from bot.domain.incidents import drafts
from bot.domain.incidents.account import Account
from bot.domain.incidents.incident import Incident
from bot.errors import Refused
from bot.operations.incidents import accounting, room
from bot.operations.posting import post
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import incident_talk as talk
from bot.store import audit, incidents
from bot.store.incidents import Draft

_WRITERS = {"stakeholders": drafts.stakeholders, "customers": drafts.customers}


def write(services: Services, incident: Incident) -> list[Message]:
    """One for each audience, with the button that sends it; for whoever asked."""
    with services.store.transaction() as connection:
        account = accounting.account(services, connection, incident)
        return [_shown(services, draft) for draft in _written(connection, incident, account)]


def show_in_room(services: Services, connection: Connection[Any], incident: Incident) -> None:
    """The same, for everybody who works on the incident."""
    account = accounting.account(services, connection, incident)
    for draft in _written(connection, incident, account):
        room.say(services, connection, incident, draft.id, _shown(services, draft))


def incident_of(services: Services, draft_id: str) -> Incident:
    """Raises `NotFound`."""
    with services.store.transaction() as connection:
        return incidents.load(connection, incidents.load_draft(connection, draft_id).incident)


def send(services: Services, draft_id: str, by: str) -> Message:
    """To the configured channels, once; raises `NotFound`, and `Refused` where it was sent before."""
    with services.store.transaction() as connection:
        draft = incidents.send_draft(connection, draft_id, by)
        if draft is None:
            raise _refuse_sent(incidents.load_draft(connection, draft_id))
        incident = incidents.load(connection, draft.incident)
        channels = _channels(services, draft.audience)
        for channel in channels:
            post(connection, f"{draft.id}:{channel}", channel, talk.outside(draft.text))
        audit.append(
            connection,
            actor=by,
            action="incident.sent",
            subject=incident.id,
            detail={"draft": draft.id, "audience": draft.audience, "text": draft.text, "channels": channels},
        )
        sent = talk.sent(by, channels)
        room.say(
            services,
            connection,
            incident,
            draft.id,
            talk.draft(draft.audience, draft.text, draft.id, channels, sent),
        )
    return talk.done(f"It goes to {', '.join(f'#{each}' for each in channels)}.")


def _written(connection: Connection[Any], incident: Incident, account: Account) -> list[Draft]:
    return [
        incidents.create_draft(connection, incident.id, audience, writer(account))
        for audience, writer in _WRITERS.items()
    ]


def _shown(services: Services, draft: Draft) -> Message:
    return talk.draft(draft.audience, draft.text, draft.id, _channels(services, draft.audience))


def _channels(services: Services, audience: str) -> tuple[str, ...]:
    configured = services.settings.incidents
    return configured.stakeholders if audience == "stakeholders" else configured.customers


def _refuse_sent(draft: Draft) -> Refused:
    return Refused(
        "already-sent",
        f"this text for {draft.audience} was sent before; nothing was sent again",
        "`/incident draft` writes another one",
    )
