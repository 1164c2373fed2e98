"""Who may use the commands of a database: asked of Slack, decided by `domain.people`."""

import structlog

from bot.config import Database
from bot.domain.people import Person, in_slack, ineligible, may_not_ask
from bot.errors import NotFound, Refused, SecondkeyError
from bot.operations.services import Services
from bot.store import audit

log = structlog.get_logger()

_A_MEMBER = "ask a full member of this workspace"


def refuse_another_team(services: Services, user_id: str, team_id: str) -> None:
    """Raises `Refused` for what came through another workspace than the one that Secondkey belongs to."""
    if team_id != services.slack.team_id:
        raise _refused(services, user_id, "asks from another workspace", "", _A_MEMBER)


def refuse_outsiders(services: Services, user_id: str) -> Person:
    """The person who asks; raises `Refused` for guests, strangers, bots and people of another workspace."""
    directory = services.slack
    if not in_slack(user_id):
        # A mention by an app that has no account carries the id of the app's bot alone.
        raise _refused(services, user_id, "is a bot", "", _A_MEMBER)
    try:
        person = directory.person(user_id)
    except NotFound as unknown:
        raise _refused(services, user_id, "is not known in this workspace", "", _A_MEMBER) from unknown
    if reason := ineligible(person, team_id=directory.team_id):
        raise _refused(services, user_id, reason, "", _A_MEMBER)
    return person


def refuse_unless_requester(services: Services, user_id: str, name: str) -> Person:
    """The person who asks for something about this database; raises `Refused` where they may not."""
    directory = services.slack
    person = refuse_outsiders(services, user_id)
    database = services.database(name)
    if reason := may_not_ask(person, team_id=directory.team_id, requesters=services.requesters(name)):
        raise _refused(services, user_id, reason, name, f"who may: {_who(database)}")
    return person


def open_to(services: Services, user_id: str) -> tuple[str, ...]:
    """The databases that this person may ask about; where nobody knows who may, that one is left out."""
    person = services.slack.person(user_id)
    return tuple(name for name in services.settings.databases if _is_open(services, person, name))


def meant(services: Services, user_id: str, name: str | None) -> tuple[str, ...]:
    """The database that somebody named, or all that are open to them; raises `Refused` where it is not."""
    if name is None:
        return open_to(services, user_id)
    refuse_unless_requester(services, user_id, name)
    return (name,)


def _is_open(services: Services, person: Person, name: str) -> bool:
    try:
        requesters = services.requesters(name)
    except SecondkeyError as unknown:
        log.warning("the requesters are not known", database=name, reason=unknown.reason)
        return False
    return may_not_ask(person, team_id=services.slack.team_id, requesters=requesters) is None


def _who(database: Database) -> str:
    entries = [entry.lstrip("@") for entry in database.requesters]
    return ", ".join(entries) if entries else f"the full members who are in #{database.channel}"


def _refused(services: Services, user_id: str, reason: str, database: str, hint: str) -> Refused:
    """A refusal is remembered: who was turned away belongs to the audit log."""
    with services.store.transaction() as connection:
        audit.append(
            connection,
            actor=user_id,
            action="refused",
            subject=database or "secondkey",
            detail={"reason": reason},
        )
    about = f" of {database}" if database else ""
    return Refused("not-allowed", f"this account {reason}; the commands{about} are not open to it", hint)
