"""Who is called when something happens, and who is kept informed."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from bot.config.problems import problem
from bot.config.section import Section
from bot.config.values import Channel, Duration, Person


def _check_pace(value: timedelta) -> timedelta:
    if value < timedelta(minutes=1):
        raise problem("is too short: nobody could work", '"30m"')
    return value


_Pace = Annotated[Duration, AfterValidator(_check_pace)]


class Incidents(Section):
    #: who is invited to the channel of an incident, besides the approvers of its database
    invite: tuple[Person, ...] = ()
    #: its channel is for those who were invited alone
    private: bool = False
    #: so long after the last status update the lead is asked for the next one
    update_every: _Pace = timedelta(minutes=30)
    #: so often a text for those outside is drafted
    draft_every: _Pace = timedelta(hours=1)
    #: where status updates and texts for stakeholders go
    stakeholders: tuple[Channel, ...] = ()
    #: where texts for customers go
    customers: tuple[Channel, ...] = ()
