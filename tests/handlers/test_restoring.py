"""`/restore` at the desk: what is answered before anything is planned; nothing is carried out here."""

from tests.e2e.people import says, text_of
from tests.handlers.conftest import Desk


def answer(desk: Desk, user: str, text: str, *words: str) -> str:
    desk.slack.command(user, "ops", "/restore", text)
    message = desk.slack.wait("ops", says(*words), as_user=user)
    assert message["is_ephemeral"]
    return text_of(message)


def test_alone_it_never_errs_and_starts_nothing(desk: Desk) -> None:
    shown = answer(desk, desk.slack.one(group="engineering"), "", "What could be restored")
    assert "identity.unreachable" in shown
    assert "No backup is both healthy and restore-tested" in shown
    assert "Nothing was started" in shown


def test_help_shows_what_can_be_typed(desk: Desk) -> None:
    assert "/restore undo" in answer(desk, desk.slack.one(), "help", "restore cancel")


def test_without_a_backup_nothing_is_asked(desk: Desk) -> None:
    member = desk.slack.one(group="engineering")
    assert "healthy and restore-tested" in answer(desk, member, "projectledger gone", "no backup of")
    answer(desk, member, "B-20251008-191204-abcd gone", "there is no backup B-20251008-191204-abcd")
    answer(desk, member, "undo it was wrong", "there is nothing to undo")
    answer(desk, member, "drop projectledger_aside_4k7d2m9x no room", "is kept aside for projectledger")
    answer(desk, member, "cancel", "there is nothing to cancel")


def test_a_missing_reason_is_asked_for_in_a_form(desk: Desk) -> None:
    member = desk.slack.one(group="engineering")
    desk.slack.command(member, "ops", "/restore", "projectledger")
    desk.slack.fill_in(member, "it vanished")
    desk.slack.wait("ops", says("no backup of projectledger is both"), as_user=member)


def test_where_no_form_can_be_shown_the_reason_is_asked_for_in_words(desk: Desk) -> None:
    member, bot = desk.slack.one(group="engineering"), desk.services.slack.bot_user_id
    desk.slack.post("message", user=member, channel="ops", text=f"<@{bot}> restore projectledger")
    desk.slack.wait("ops", says("a reason is needed", "/restore projectledger REASON"), as_user=member)
