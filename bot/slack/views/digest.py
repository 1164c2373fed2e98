"""One message a day: how every protected database stands, what is open, and what comes."""

from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain.alerting.alert import Alert
from bot.domain.overview import Glance, Overview
from bot.domain.scheduling.standing import Standing
from bot.slack.blocks import Block, Message, code, context, date, divider, header, section, sections
from bot.slack.views.home import alert_lines, in_brief

#: How many databases are told in full, where there is room, and how much of what comes.
TOLD, COMES = 15, 5
_ORDER = list(Glance)


def digest(
    databases: Sequence[Overview], own_alerts: Sequence[Alert], schedules: Sequence[Standing], now: datetime
) -> Message:
    """The worst first; counts of rows are in no digest."""
    worst_first = sorted(databases, key=lambda each: _ORDER.index(each.glance))
    well = sum(each.glance is Glance.ALL_WELL for each in databases)
    title = f"Digest: {well:,} of {wording.plural(len(databases), 'database')} well"
    names = [each.database for each in worst_first if each.glance is not Glance.ALL_WELL]
    own = [section("*Secondkey itself*", *alert_lines(own_alerts, now, calling=True))] if own_alerts else []
    end = [*_coming(schedules), context(f"As of {date(now)}")]
    drafts = [
        Message(
            text=f"{title}{f': not {wording.listed(names, 3)}' if names else ''}",
            blocks=(header(title), *own, *_told(worst_first, told, now), *end),
        )
        for told in range(TOLD, -1, -1)
    ]
    return next((draft for draft in drafts if draft.limited() == draft), drafts[-1])


def _told(worst_first: Sequence[Overview], told: int, now: datetime) -> list[Block]:
    blocks = [block for each in worst_first[:told] for block in (divider(), *sections(*in_brief(each, now)))]
    more = len(worst_first) - told
    return [*blocks, context(f"and {more:,} more: the App Home shows them")] if more > 0 else blocks


def _coming(schedules: Sequence[Standing]) -> list[Block]:
    soonest = sorted(schedules, key=lambda each: each.next)[:COMES]
    lines = [f"{date(each.next)} {each.kind.value} of {code(each.database)}" for each in soonest]
    return [divider(), section("*What comes*", *lines)] if lines else []
