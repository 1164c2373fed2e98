"""`/watch`: what stands, what is kept calm, and maintenance windows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import starmap

from bot import wording
from bot.domain.alerting.alert import Alert
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.deploying.gate import ALL
from bot.domain.findings import Severity
from bot.domain.observation import ServerFacts
from bot.slack.blocks import Message, code, context, date, escape, header, prose, section, sections
from bot.slack.views import common
from bot.slack.views.alert import what
from bot.slack.views.replication import replication

#: How many alerts one message lists.
LISTED = 20


def maintenance(window: MaintenanceWindow, ended_by: str | None, now: datetime) -> Message:
    """One message for one window, where incidents are told; `ended_by` is whoever ended it."""
    name = "every database" if window.scope == ALL else window.scope
    begun = f"Begun by {common.who(window.by)} {date(window.since)}"
    if ended_by is None:
        title = f"🔧 Maintenance · {name}"
        how = (
            f"Until {date(window.until)} alerts call nobody, open no incident and go to no other system. "
            "That data is missing is still told, calmly."
        )
        end = f"{begun} · `/watch resume {window.scope}` ends it"
    else:
        title = f"✅ Maintenance is over · {name}"
        how = f"Ended {date(now)}, by {common.who(ended_by)}. What still stands is told aloud."
        end = begun
    return Message(
        text=f"{title}: {escape(window.reason)}",
        blocks=(header(title), section(how, *common.reason(window.reason)), context(end)),
    )


def quiet(window: MaintenanceWindow) -> Message:
    """The private answer: until when it is calm."""
    text = f"Alerts of {_scope(window)} are told calmly until {date(window.until)}."
    return Message(text=f"Maintenance · {window.scope}", blocks=(section(text),))


def over(window: MaintenanceWindow, others: Sequence[MaintenanceWindow]) -> Message:
    """The private answer: it is not calm any more, but for what the `others` cover."""
    text = f"Alerts of {_scope(window)} are told aloud again; what still stands is told now."
    if others:
        still = ", ".join(
            f"{_scope(each)} until {date(each.until)} (`/watch resume {each.scope}`)" for each in others
        )
        text = f"This window is over; others still keep calm what is told of {still}."
    return Message(text=f"Maintenance is over · {window.scope}", blocks=(section(text),))


def standing(
    alerts: Sequence[Alert],
    windows: Sequence[MaintenanceWindow],
    now: datetime,
    servers: Mapping[str, ServerFacts],
) -> Message:
    """What is open, and who follows each database's server."""
    title = f"{wording.plural(len(alerts), 'alert')} open" if alerts else "No alert is open"
    shown = [_line(alert, now) for alert in alerts[:LISTED]]
    if len(alerts) > LISTED:
        shown.append(f"and {len(alerts) - LISTED:,} more")
    quiet = [
        f"🔧 {_scope(window)} until {date(window.until)}, by {common.who(window.by)}: {escape(window.reason)}"
        for window in windows
    ]
    return Message(
        text=title,
        blocks=(
            *sections(f"*{title}*", *shown),
            *(sections("*Maintenance*", *quiet) if quiet else []),
            *(sections("*Replication*", *starmap(_followers, servers.items())) if servers else []),
        ),
    )


def _line(alert: Alert, now: datetime) -> str:
    mark = "🔴 critical" if alert.severity is Severity.CRITICAL else "🟠 warning"
    seen = ", ".join(map(common.who, alert.acknowledged_by))
    parts = [f"{mark} · {escape(what(alert))} · {wording.ago(alert.since, now)}"]
    if seen:
        parts.append(f"👀 {seen}")
    if alert.aloud_at is None:
        parts.append("calm: maintenance")
    if alert.gone_at:
        parts.append("not seen any more")
    return " · ".join((*parts, code(alert.id)))


def _followers(name: str, facts: ServerFacts) -> str:
    told = [*replication(facts), *(f"not known: {prose(unseen.reason)}" for unseen in facts.unseen)]
    return f"{code(name)} · {' · '.join(told) or 'no replica is connected, and there is no replication slot'}"


def _scope(window: MaintenanceWindow) -> str:
    return "every database" if window.scope == ALL else code(window.scope)
