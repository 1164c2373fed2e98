"""The button below a request that expired or became void: a tap is read like the command, typed again."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bot.domain import grammar
from bot.domain.approval import State
from bot.domain.operation import Kind, Operation
from bot.errors import NotFound
from bot.operations import approval
from bot.operations.services import Services
from bot.store import operations
from handlers import COMMANDS
from handlers.again import among
from handlers.calls import Call
from tests.e2e.people import says
from tests.handlers.office import JONAS, OPS, PLAN, PRIYA, Office
from tests.waiting import until

NAME, BACKUP, ASIDE = "projectledger", "B-20251008-191204-abcd", "projectledger_aside_4k7d2m9x"
WHY = f"undo what {BACKUP} did"
Parse = Callable[[str, Sequence[str]], object]


def tap(request_id: str) -> Call:
    return Call(user=PRIYA, team="", channel=OPS, text=request_id, key="", reply=lambda _message: None)


@pytest.mark.parametrize(
    ("command", "parse", "asked"),
    [
        (
            f"/restore {NAME} {BACKUP}",
            grammar.parse_restore,
            grammar.Restore(database=NAME, id=BACKUP, reason=WHY),
        ),
        (f"/restore undo {NAME}", grammar.parse_restore, grammar.Undo(database=NAME, reason=WHY)),
        (
            f"/restore drop {NAME} {ASIDE}",
            grammar.parse_restore,
            grammar.Drop(database=NAME, name=ASIDE, reason=WHY),
        ),
        (f"/verify accept {NAME}", grammar.parse_verify, grammar.Accept(database=NAME, reason=WHY)),
        (f"/traffic start {NAME}", grammar.parse_traffic, grammar.StartTraffic(database=NAME, reason=WHY)),
    ],
)
def test_the_same_is_asked_for_the_same_reason(
    office: Office, command: str, parse: Parse, asked: object
) -> None:
    request = approval.ask(office.services, replace(PLAN, again=f"{command} REASON"), PRIYA, WHY)
    heard: list[object] = []

    def hear(_services: Services, call: Call) -> None:
        heard.append(parse(call.text, [NAME]))

    among(dict.fromkeys(COMMANDS, hear))(office.services, tap(request.id))
    assert heard == [asked]


def test_a_button_of_no_request_asks_nothing(office: Office) -> None:
    with pytest.raises(NotFound, match="there is no request"):
        among(COMMANDS)(office.services, tap("op-forgedid"))


def test_whoever_taps_below_what_expired_is_the_one_who_asks(office: Office) -> None:
    request = office.ask(by=PRIYA)
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET decide_by = clock_timestamp() WHERE id = %s", (request.id,))
    office.becomes(request, State.EXPIRED)
    message = office.slack.wait("ops", says("Expired", "nothing ran", request.id))
    office.slack.tap(JONAS, "ops", message, "request_again")

    def asked() -> list[Operation]:
        with office.services.store.transaction() as connection:
            return operations.recent(connection, database=NAME, limit=1)

    until(lambda: [each.requested_by for each in asked()] == [JONAS])
    (found,) = asked()
    assert (found.kind, found.request["reason"]) == (Kind.ACCEPT, "it is empty")
