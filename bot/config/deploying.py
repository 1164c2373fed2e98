"""What a deployment of a release has to pass, and how long it may take."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from bot.config.problems import problem
from bot.config.section import Section
from bot.config.values import Duration
from bot.domain.deploying.policy import BackupPolicy, Unreachable


def _check_window(value: timedelta) -> timedelta:
    if value < timedelta(minutes=1):
        raise problem("is too short for any release", 'window = "1h"')
    return value


class Deploy(Section):
    #: a new one for each deployment, or also one that is younger than `backup.max_age`
    backup: BackupPolicy = BackupPolicy.ALWAYS
    #: `secondkey deploy` runs its command on a restored copy first
    rehearse: bool = False
    #: a window that nobody closed by then is closed, and told
    window: Annotated[Duration, AfterValidator(_check_window)] = timedelta(hours=1)
    #: what `secondkey deploy` does while the bot's state is away; a protected database that cannot be read
    #: blocks always
    on_unreachable: Unreachable = Unreachable.BLOCK
