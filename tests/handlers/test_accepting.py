"""`/verify accept` at the desk: the reason is part of the command, or asked for in a form."""

from bot.domain.operation import Kind, Operation
from bot.store import operations
from tests.e2e.people import says
from tests.handlers.conftest import Desk
from tests.handlers.test_desk import ephemeral, post_with_button
from tests.waiting import until


def accepts(desk: Desk) -> list[Operation]:
    """The newest first."""
    with desk.services.store.transaction() as connection:
        found = operations.recent(connection, limit=100)
    return [one for one in found if one.kind is Kind.ACCEPT]


def test_the_reason_follows_the_databases_name(desk: Desk) -> None:
    member, before = desk.slack.one(group="engineering"), len(accepts(desk))
    desk.slack.command(member, "ops", "/verify", "accept ProjectLedger: old users were PURGED")
    until(lambda: len(accepts(desk)) > before)
    assert accepts(desk)[0].request["reason"] == "old users were PURGED"


def test_a_reason_that_was_left_out_is_asked_for_in_a_form(desk: Desk) -> None:
    member, before = desk.slack.one(group="engineering"), len(accepts(desk))
    message = post_with_button(desk, "verify_accept_ask", "projectledger")
    desk.slack.tap(member, "ops", message, "verify_accept_ask")
    desk.slack.fill_in(member, "they were\npurged")
    until(lambda: len(accepts(desk)) > before)
    asked = accepts(desk)[0]
    assert (asked.database, asked.requested_by) == ("projectledger", member)
    assert asked.request["reason"] == "they were purged"


def test_an_outsider_is_not_asked_why(desk: Desk) -> None:
    message, guest = post_with_button(desk, "verify_accept_ask", "projectledger"), desk.slack.one("guest")
    desk.slack.tap(guest, "ops", message, "verify_accept_ask")
    desk.slack.wait("ops", ephemeral("this account is a guest"), as_user=guest)


def test_a_word_that_is_no_database_pins_nothing(desk: Desk) -> None:
    member, before = desk.slack.one(group="engineering"), len(accepts(desk))
    desk.slack.command(member, "ops", "/verify", "accept staging")
    desk.slack.wait("ops", says("there is no protected database 'staging'"), as_user=member)
    assert len(accepts(desk)) == before
