"""How closely a database is watched."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from bot.config.problems import problem
from bot.config.section import Section
from bot.config.values import Duration


def _check_pause(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= timedelta(hours=1):
        raise problem("must be from 1s to 1h", 'every = "10s"')
    return value


class Watching(Section):
    enabled: bool = True
    #: how often is looked
    every: Annotated[Duration, AfterValidator(_check_pause)] = timedelta(seconds=10)
