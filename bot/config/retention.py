"""How long backups are kept. Without the section none is ever deleted."""

from typing import Annotated

from pydantic import Field

from bot.config.section import Section
from bot.config.values import Duration
from bot.domain.retention import Policy

_Number = Annotated[int, Field(ge=0)]


class Retention(Section):
    #: the newest good ones; one always stays
    keep_last: Annotated[int, Field(ge=1)] = Policy.keep_last
    #: the newest good one of so many days, weeks and months that have one
    keep_daily: _Number = Policy.keep_daily
    keep_weekly: _Number = Policy.keep_weekly
    keep_monthly: _Number = Policy.keep_monthly
    #: of those that are not proven good at most so many, and for so long at most
    keep_others: _Number = Policy.keep_others
    keep_others_for: Duration = Policy.keep_others_for

    @property
    def policy(self) -> Policy:
        """As the rules know it."""
        return Policy(**self.model_dump())
