"""How the schedules stand, read from the records."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.scheduling.standing import Standing, unprotected
from bot.operations.scheduling.planned import Planned, planned
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import schedule as view
from bot.store import backups, firings, operations
from bot.store.database import clock

#: Of the last runs so many are looked through for what was made up for.
RUNS = 30


def shown(services: Services, names: Sequence[str]) -> Message:
    """`/schedule`; raises `NotFound`."""
    found, now = look(services, names)
    return view.standing(found, now)


def look(services: Services, names: Sequence[str]) -> tuple[list[Standing], datetime]:
    """How the schedules of these databases stand, and when that was; raises `NotFound`."""
    wanted = [each for name in names for each in planned(services, name)]
    with services.store.transaction() as connection:
        now = clock(connection)
        return [stand(connection, each, now) for each in wanted], now


def stand(connection: Connection[Any], plan: Planned, now: datetime) -> Standing:
    """How one of them stands; what it began may have gone on when this is read."""
    since = firings.since(connection, plan.name)
    runs = firings.newest(connection, plan.name, RUNS)
    begun = runs[0].begun.operation if runs else ""
    found = Standing(
        name=plan.name,
        database=plan.database,
        kind=plan.kind,
        times=f"{plan.times.cron.text}, {plan.times.zone}",
        due=plan.times.newest(since, now) if since is not None else None,
        next=plan.times.after(now),
        runs=tuple(runs),
        operation=operations.load(connection, begun) if begun else None,
    )
    # All backups are large: they are read only where something failed.
    if found.again is None or unprotected(found, backups.list_backups(connection, found.database)):
        return found
    return replace(found, answered=True)
