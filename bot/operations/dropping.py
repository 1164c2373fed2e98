"""A set-aside database that goes before its days have ended: two people say so, and there is no way back."""

from dataclasses import asdict

from bot.domain.approval import Plan, Request, State
from bot.domain.binding import Facts
from bot.domain.operation import Kind
from bot.domain.restoring.facts import target_of
from bot.domain.restoring.made import Made
from bot.domain.state import State as Contents
from bot.errors import Refused
from bot.operations import approval, incoming, keeping
from bot.operations.attempt import Attempt, conclude
from bot.operations.observing import Reading
from bot.operations.proposing import propose, proposed
from bot.slack.views import kept_aside as view
from bot.store import operations


def run(attempt: Attempt) -> None:
    """Ask a second person first; what was approved is dropped."""
    operation = attempt.operation
    aside = incoming.aside_of(attempt.services, operation.database, operation.request["aside"])
    request = approval.found(attempt.services, operation.id)
    if request is None:
        _ask(attempt, aside)
    else:
        _carry_out(attempt, request, aside)


def _ask(attempt: Attempt, aside: Made) -> None:
    operation, request = attempt.operation, proposed(attempt)
    if request is None:
        plan = _plan(attempt, aside, _contents(attempt, aside))
        keeping.refuse_busy(attempt, aside.name)
        request = propose(attempt, plan)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})


def _plan(attempt: Attempt, aside: Made, contents: Contents) -> Plan:
    environment = attempt.services.database(aside.database).environment
    return Plan(
        kind=Kind.EARLY_DROP,
        database=aside.database,
        title=f"Early drop requested · {aside.database} ({environment})",
        lines=view.plan_lines(aside, contents),
        facts=_facts(contents),
        act={"aside": aside.operation},
        again=f"/restore drop {aside.database} {aside.name} REASON",
    )


def _carry_out(attempt: Attempt, request: Request, aside: Made) -> None:
    # An attempt that was cut off between the two has used the approval up for this very database.
    if request.state is not State.USED:
        keeping.refuse_busy(attempt, aside.name)
        facts = _facts(_contents(attempt, aside))
        request = approval.confirm(attempt.services, request.id, facts, attempt.should_stop)
        request = approval.use_up(attempt.services, request.id, facts, attempt.should_stop)
    keeping.drop_it(attempt, aside.name, aside.oid)
    with attempt.ending() as connection:
        keeping.record_dropped(connection, attempt, aside.name, aside.oid, aside.system_identifier)
        conclude(connection, attempt.operation, view.dropped(attempt.operation, aside, request))


def _contents(attempt: Attempt, aside: Made) -> Contents:
    """What would be gone, counted now; raises `Refused` for another database of that name."""
    reading = Reading(purpose=attempt.purpose, should_stop=attempt.should_stop)
    contents = incoming.read_beside(attempt.services, aside.database, aside.name, reading)
    found = contents.identity
    if (found.system_identifier, found.database_oid) != (aside.system_identifier, aside.oid):
        raise Refused(
            "another-database",
            f"{aside.name} is another database than the one that was set aside; nothing was dropped",
            "look at what is in it: Secondkey drops what it made, and nothing else",
        )
    return contents


def _facts(contents: Contents) -> Facts:
    """That very database, and for each table the rows that go with it."""
    unknown = sorted(str(table.name) for table in contents.tables if table.rows is None)
    return Facts(
        bound={"dropped": asdict(target_of(contents.identity)), "uncounted tables": unknown},
        losses={str(table.name): table.rows for table in contents.tables if table.rows is not None},
    )
