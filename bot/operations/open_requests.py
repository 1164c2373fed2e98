"""`/requests`: what is open, and who could approve it."""

from bot.domain.approval import Request, distinct
from bot.domain.people import in_slack, ineligible
from bot.operations import ballots, people
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import approval as view
from bot.store import requests


def listed(services: Services, user_id: str) -> Message:
    """The open requests of the databases that this person may ask about, or may approve for."""
    open_to = people.open_to(services, user_id)
    with services.store.transaction() as connection:
        found = requests.all_open(connection)
    shown = [one for one in found if one.plan.database in open_to or user_id in one.approvers]
    return view.listing([(one, _address(services, one), could_approve(services, one)) for one in shown])


def could_approve(services: Services, request: Request) -> tuple[str, ...]:
    """The ids of those whose approval would count now, besides those who gave it."""
    directory, database = services.slack, services.database(request.plan.database)
    able = directory.named(database.approvers).ids & request.approvers - set(request.approved_by)
    found = [ballots.person(directory, user) for user in sorted(able)]
    eligible = [person for person in found if ineligible(person, team_id=directory.team_id) is None]
    requester = ballots.person(directory, request.requested_by) if in_slack(request.requested_by) else None
    return tuple(person.id for person in distinct(eligible, requester))


def _address(services: Services, request: Request) -> str:
    return services.slack.address(request.channel, request.ts) if request.ts else ""
