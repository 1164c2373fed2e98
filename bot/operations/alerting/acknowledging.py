"""Who looks into an alert: those who put 👀 below it, as Slack says now, of those whose word counts."""

from collections.abc import Collection

import structlog

from bot.domain.alerting.alert import Alert, Cause
from bot.domain.people import may_not_ask
from bot.errors import SecondkeyError
from bot.operations import ballots
from bot.operations.alerting import telling
from bot.operations.services import Services
from bot.slack import reactions
from bot.slack.trouble import NO_ANSWER, PASSING, trouble_of
from bot.slack.views.alert import SEEN
from bot.store import alerts

log = structlog.get_logger()


def reacted(services: Services, channel: str, ts: str) -> None:
    """Something happened below a message; where it is an alert's, Slack is asked who looks into it.

    Where Slack does not answer, it is asked again soon.
    """
    with services.store.transaction() as connection:
        alert = alerts.of_message(connection, channel, ts)
    if alert is not None and alert.resolved_at is None:
        try_to_reconsider(services, alert)


def reconsider(services: Services, alert: Alert) -> Alert:
    """The alert as it stands, with those who look into it by now. Raises what kept Slack from answering."""
    with services.store.transaction() as connection:
        place = alerts.place_of(connection, alert.id)
    found = reactions.read(services.slack, *place) if place else None
    if found is None:
        return alert
    by = _who_counts(services, alert.cause, found.users.get(SEEN, frozenset()))
    if by == alert.acknowledged_by:
        return alert
    readers = telling.readers(services, alert.cause, alert.id)
    with services.store.transaction() as connection:
        held = alerts.hold_again(connection, alert)
        return telling.acknowledged(connection, readers, held, by)


def try_to_reconsider(services: Services, alert: Alert) -> Alert:
    """The same; where Slack does not answer, the alert as it was."""
    try:
        return reconsider(services, alert)
    except (SecondkeyError, *NO_ANSWER) as unknown:
        log.warning("who looks into an alert is not known", alert=alert.id, reason=str(unknown))
        return alert


def seed(services: Services) -> None:
    """The emoji below what was posted, so that a tap is enough; raises what keeps Slack from it for now."""
    with services.store.transaction() as connection:
        unseeded = alerts.unseeded(connection)
    for alert_id, channel, ts in unseeded:
        try:
            reactions.add(services.slack, channel, ts, SEEN)
        except NO_ANSWER as error:
            trouble = trouble_of(error)
            if trouble.kind in PASSING:
                raise
            # People can add it by themselves.
            log.warning("an alert stays without its emoji", alert=alert_id, reason=trouble.reason)
        with services.store.transaction() as connection:
            alerts.seeded(connection, alert_id)


def _who_counts(services: Services, cause: Cause, users: Collection[str]) -> tuple[str, ...]:
    """Those who may act on the database; where it is about the bot itself, every full member."""
    directory = services.slack
    allowed = _concerned(services, cause.database) if cause.database and users else frozenset(users)
    return tuple(
        user
        for user in sorted(users)
        if may_not_ask(ballots.person(directory, user), team_id=directory.team_id, requesters=allowed) is None
    )


def _concerned(services: Services, name: str) -> frozenset[str]:
    return services.requesters(name) | services.slack.named(services.database(name).approvers).ids
