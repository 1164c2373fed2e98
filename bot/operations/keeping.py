"""What restores leave on a protected server: copies that nobody wanted, and databases that were set aside."""

from datetime import timedelta
from typing import Any

from psycopg import Connection

from bot.domain.operation import Kind
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.made import Made
from bot.errors import Refused
from bot.operations import incoming
from bot.operations.attempt import Attempt, show
from bot.operations.posting import post
from bot.operations.services import Services
from bot.postgres.lease import hold
from bot.postgres.swap import drop
from bot.slack.views import kept_aside as view
from bot.store import audit, made, operations, outbox, requests
from bot.store.database import clock

#: How long before it is dropped a set-aside database is announced.
AHEAD = timedelta(days=1)


def sweep(services: Services, connection: Connection[Any]) -> None:
    """Announce what goes within a day, and hand over what is due; what is in use waits for the next time."""
    for each in made.due(connection, AHEAD):
        if each.database not in services.settings.databases:
            continue
        if each.kind is MadeKind.ASIDE and each.announced_at is None:
            _announce(services, connection, each)
        elif each.keep_until <= clock(connection) and not _in_use(connection, each.database):
            _hand_over(services, connection, each)


def run(attempt: Attempt) -> None:
    """Drop one database that a restore made; that very one, and no other of its name."""
    asked = attempt.operation.request
    refuse_busy(attempt, asked["name"])
    drop_it(attempt, asked["name"], asked["oid"])
    with attempt.ending() as connection:
        record_dropped(connection, attempt, asked["name"], asked["oid"], asked["server"])
        if outbox.was_shown(connection, asked["matter"]):
            show(connection, attempt.operation, view.gone(attempt.operation, asked["name"]))


def refuse_busy(attempt: Attempt, name: str) -> None:
    """Taking the lease ends whoever holds it: a restore keeps it until its end."""
    operation = attempt.operation
    with attempt.services.store.transaction() as connection:
        others = operations.changing(connection, operation.database)
    if any(other.id != operation.id for other in others):
        raise Refused("already-running", f"a restore is at work; {name} is kept until it has ended")


def drop_it(attempt: Attempt, name: str, oid: int) -> None:
    """One that is gone is fine; raises as `swap.drop` does."""
    services, database = attempt.services, attempt.operation.database
    with hold(
        incoming.login(services, database),
        purpose=attempt.purpose,
        maintenance_database=services.database(database).maintenance_database,
    ) as lease:
        drop(lease, name, oid)


def record_dropped(connection: Connection[Any], attempt: Attempt, name: str, oid: int, server: str) -> None:
    """The operation has ended with it. `server` is its system identifier."""
    operation = attempt.operation
    made.gone(connection, server, oid)
    operations.finish(connection, operation.id, attempt.token, {"dropped": name})
    audit.append(
        connection,
        actor=operation.requested_by,
        action="database.dropped",
        subject=operation.database,
        detail={"name": name, "oid": oid, "operation": operation.id},
    )


def _in_use(connection: Connection[Any], database: str) -> bool:
    return (
        bool(operations.changing(connection, database)) or requests.waiting(connection, database) is not None
    )


def _announce(services: Services, connection: Connection[Any], aside: Made) -> None:
    message = view.going(aside)
    post(connection, f"notice:{aside.operation}:going", services.database(aside.database).channel, message)
    made.announced(connection, aside)


def _hand_over(services: Services, connection: Connection[Any], each: Made) -> None:
    operation = operations.create(
        connection,
        kind=Kind.DROP,
        database=each.database,
        requested_by="schedule:keeping",
        request={
            "name": each.name,
            "oid": each.oid,
            "server": each.system_identifier,
            "matter": f"drop:{each.operation}:{each.kind.value}",
            "channel": services.database(each.database).channel,
        },
    )
    services.defer(connection, operation)
