"""`/schedule` answers whoever asks, alone, about what is open to them."""

from tests.e2e.people import says
from tests.handlers.office import MARA, Office


def test_what_happens_by_itself_is_shown_to_the_asker_alone(office: Office) -> None:
    office.slack.command(MARA, "ops", "/schedule")
    office.slack.wait("ops", says("`projectledger`", "*Backup*", "*Drill*", "Not run yet"), as_user=MARA)
    assert not any(says("Not run yet")(message) for message in office.slack.messages("ops"))


def test_one_database_can_be_named_and_a_mistyped_one_is_asked_back(office: Office) -> None:
    office.slack.command(MARA, "ops", "/schedule", "projectledgr")
    office.slack.wait("ops", says("did you mean projectledger?"), as_user=MARA)
    office.slack.command(MARA, "ops", "/secondkey", "schedule projectledger")
    office.slack.wait("ops", says("`projectledger`", "*Backup*"), as_user=MARA)


def test_guests_are_not_told(office: Office) -> None:
    guest = office.slack.one("guest")
    office.slack.command(guest, "ops", "/schedule", "projectledger")
    office.slack.wait("ops", says("is a guest"), as_user=guest)
