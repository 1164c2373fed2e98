"""Who is called when something happens, and how often people are asked for news."""

from datetime import timedelta

import pytest

from tests.config.conftest import WHOLE, Load, Problems

INCIDENTS = "[incidents]\n"


def test_nobody_has_to_configure_incidents(load_text: Load) -> None:
    found = load_text(WHOLE).incidents
    assert (found.invite, found.private, found.stakeholders, found.customers) == ((), False, (), ())
    assert (found.update_every, found.draft_every) == (timedelta(minutes=30), timedelta(hours=1))


def test_people_and_channels_are_read_as_everywhere(load_text: Load) -> None:
    text = 'invite = ["@dba", "jo@example.org"]\nstakeholders = ["#management"]\nupdate_every = "10m"\n'
    found = load_text(WHOLE + INCIDENTS + text).incidents
    assert found.invite == ("@dba", "jo@example.org")
    assert found.stakeholders == ("management",)
    assert found.update_every == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ('update_every = "5s"', "incidents.update_every: is too short: nobody could work", '"30m"'),
        ('invite = ["the dba"]', "incidents.invite", "@dba"),
        ('customers = ["no channel"]', "incidents.customers", "its name or id"),
    ],
)
def test_what_cannot_be_meant_is_told(problems: Problems, text: str, reason: str, hint: str) -> None:
    ((told, move),) = problems(WHOLE + INCIDENTS + text).items()
    assert reason in told
    assert hint in move
