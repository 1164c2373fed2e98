"""One message a day: how every protected database stands, what is open, and what comes."""

from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain.alerting.alert import Alert
from bot.domain.overview import Glance, Overview
from bot.domain.scheduling.standing import Standing
from bot.slack.blocks import Message, code, context, date, divider, escape, header, section
from bot.slack.views.alert import told
from bot.slack.views.home import in_brief

#: How many databases are told in full, and how much of what comes.
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
    blocks = [header(title)]
    if own_alerts:
        blocks.append(section("*Secondkey itself*", *(f"🔴 {escape(told(alert))}" for alert in own_alerts)))
    for each in worst_first[:TOLD]:
        blocks += [divider(), section(*in_brief(each, now))]
    if len(databases) > TOLD:
        blocks.append(context(f"and {len(databases) - TOLD:,} more: the App Home shows them"))
    if schedules:
        blocks += [divider(), section("*What comes*", *_coming(schedules))]
    more = f": not {wording.listed(names, 3)}" if names else ""
    return Message(text=f"{title}{more}", blocks=(*blocks, context(f"As of {date(now)}")))


def _coming(schedules: Sequence[Standing]) -> list[str]:
    soonest = sorted(schedules, key=lambda each: each.next)[:COMES]
    return [f"{date(each.next)} {each.kind.value} of {code(each.database)}" for each in soonest]
