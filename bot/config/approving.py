"""How long people have to decide, and how much may move between what they saw and what is done."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.config.section import Section
from bot.config.values import Duration
from bot.domain.binding import Margin


class Approval(Section):
    #: a request that nobody decided by then expires
    decide_within: Duration = timedelta(minutes=60)
    #: an approved operation that has not started by then expires
    start_within: Duration = timedelta(minutes=10)
    #: how many more rows of a table than shown may go: the larger of a share of them and a number
    spare_share: Annotated[float, Field(ge=0, le=1)] = Margin.share
    spare_rows: Annotated[int, Field(ge=0)] = Margin.rows

    @property
    def margin(self) -> Margin:
        """As the rules know it."""
        return Margin(share=self.spare_share, rows=self.spare_rows)
