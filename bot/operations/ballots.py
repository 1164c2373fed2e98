"""What a decision hangs on, read from Slack anew each time: the message, its votes, people and groups."""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.approval import Ballot, Choice, Request, Vote, approvals_needed
from bot.domain.people import Person, in_slack
from bot.errors import NotFound
from bot.operations.services import Services
from bot.slack import reactions
from bot.slack.directory import Directory
from bot.slack.reactions import Reactions
from bot.store import requests

_VOTES = frozenset(Choice)


def read(services: Services, request: Request) -> Ballot:
    """Everything as Slack says it now; a veto is remembered as soon as it was read.

    Raises what kept Slack from answering: then nothing is decided.
    """
    directory = services.slack.afresh()
    database = services.settings.databases.get(request.plan.database)
    nothing = Ballot(team_id=directory.team_id)
    if database is None:
        return replace(nothing, unfit="its database is no longer configured")
    if problem := _channel_problem(directory, request.channel):
        return replace(nothing, unfit=problem)
    found = _reactions(directory, request)
    if found is None:
        return replace(nothing, unfit="its message was deleted, or is not the bot's own")
    request = _with_vetoes(services, request, found)
    votes = tuple(_votes(directory, request, found))
    named = directory.named(database.approvers) if votes else None
    return Ballot(
        complete=not found.shortened & _VOTES,
        votes=votes,
        approvers=named.ids if named else frozenset(),
        unreadable=named.problems if named else (),
        requester=_known(directory, request.requested_by) if in_slack(request.requested_by) else None,
        team_id=directory.team_id,
        needed=approvals_needed(database.approvals, request.requested_by),
    )


def person(directory: Directory, user: str) -> Person:
    """Somebody who acted; an account that Slack does not know is one of no workspace."""
    return _known(directory, user) or Person(id=user, name=user)


def vetoers(directory: Directory, request: Request) -> frozenset[str]:
    """Who has the veto below the message now, of those who may have it."""
    found = _reactions(directory, request)
    return _vetoes(request, found) if found else frozenset()


def _channel_problem(directory: Directory, channel_id: str) -> str:
    try:
        channel = directory.channel(channel_id)
    except NotFound:
        return "its channel is not there any more, or the bot cannot see it"
    return f"its channel #{channel.name} {channel.problem}" if channel.problem else ""


def _reactions(directory: Directory, request: Request) -> Reactions | None:
    """None where the message is gone; before it was posted nobody can have reacted."""
    if request.ts is None:
        return Reactions(users={}, shortened=frozenset())
    return reactions.read(directory, request.channel, request.ts)


def _with_vetoes(services: Services, request: Request, found: Reactions) -> Request:
    new = _vetoes(request, found) - request.vetoes
    if not new:
        return request
    with services.store.transaction() as connection:
        return requests.remember_vetoes(connection, request.id, new)


def _vetoes(request: Request, found: Reactions) -> frozenset[str]:
    return found.users.get(Choice.DENY, frozenset()) & {*request.approvers, request.requested_by}


def _votes(directory: Directory, request: Request, found: Reactions) -> Iterable[Vote]:
    cast = {choice: found.users.get(choice, frozenset()) for choice in Choice}
    cast[Choice.DENY] |= request.vetoes
    for choice, users in cast.items():
        for user in sorted(users):
            yield Vote(choice=choice, person=person(directory, user))


def _known(directory: Directory, user: str) -> Person | None:
    try:
        return directory.person(user)
    except NotFound:
        return None
