"""One message for one alert while it lasts, and what is said in its thread."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot import wording
from bot.domain.alerting.alert import Alert, Matter
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.findings import LOSSES, Finding, Severity, verdict
from bot.slack.blocks import (
    Block,
    Message,
    actions,
    context,
    date,
    escape,
    header,
    prose,
    section,
    sections,
)
from bot.slack.views import common
from bot.slack.views.deployment_reports import wrong
from bot.slack.views.losses import TABLES, shortly
from bot.slack.views.reasons import as_they_come, in_detail, reasons

#: The emoji by which people say that they look into it.
SEEN = "eyes"
#: How many codes a notification names.
CODES = 3
#: How many findings the thread tells in full.
IN_THREAD = 200
#: Groups of findings whose evidence is counts of rows.
_COUNTS = frozenset({"rows", "data", "schema", "check", "backup"})
_WRONG = {
    Matter.HISTORY: "the history of migrations is not in order",
    Matter.UNREACHABLE: "it cannot be read",
    Matter.SERVER: "the server needs attention",
    Matter.BACKUP: "backups need attention",
    Matter.DRILL: "a drill failed",
    Matter.SCHEDULE: "what was due did not happen",
    Matter.WATCH: "nobody watches",
    Matter.SLACK: "no word from Slack",
}


def without_counts(alert: Alert) -> Alert:
    """The alert for readers that may be outsiders."""
    sightings = (replace(each, finding=uncounted(each.finding)) for each in alert.sightings)
    return replace(alert, sightings=tuple(sightings))


def uncounted(found: Finding) -> Finding:
    """What is missing is named, how much of it is not."""
    if found.code in LOSSES:
        return replace(found, detail="lost rows")
    return replace(found, detail="see the database's channel") if found.code.group in _COUNTS else found


def message(alert: Alert, window: MaintenanceWindow | None = None, instead: str = "") -> Message:
    """The alert as it stands; `window` is the maintenance window that is open, `instead` why it is not told
    in the database's own channel."""
    heading = _heading(alert, calm=window is not None)
    found = [replace(each, hint="") if alert.resolved_at else each for each in alert.findings]
    evidence = shortly(found) or _codes(found)
    return Message(
        text=escape(f"{heading}: {evidence}"),
        blocks=(
            header(heading),
            *as_they_come(reasons(verdict(found))),
            *sections(*_knowledge(alert, window), *_elsewhere(instead)),
            context(*_footer(alert)),
            *_buttons(alert),
        ),
    )


def in_full(alert: Alert) -> Message | None:
    """What the message has no room for; None where it tells all."""
    found = verdict(alert.findings)
    losses = [each for each in found.findings if each.code in LOSSES]
    others = [reason for reason in reasons(found) if reason[0].code not in LOSSES and len(reason) > TABLES]
    if len(losses) <= TABLES and not others:
        return None
    title = "All that was found"
    lost = sections(*common.figures([(each.subject, each.detail) for each in losses])) if losses else []
    return Message(text=title, blocks=(section(f"*{title}*"), *lost, *in_detail(others, IN_THREAD)))


def worse(alert: Alert, found: Sequence[Finding]) -> Message:
    """It got worse; whoever looks into it is told by name."""
    title = f"It got worse: {shortly(found) or _codes(found)}"
    return Message(
        text=escape(title),
        blocks=(section(f"{_lookers(alert)}*{escape(title)}*"), *as_they_come(reasons(verdict(found)))),
    )


def back(alert: Alert) -> Message:
    """It was over, and is not; whoever looked into it is told by name."""
    text = "It is back" + (f", for the {_ordinal(alert.returns)} time" if alert.returns > 1 else "")
    return Message(text=f"{text}: {what(alert)}", blocks=(section(f"{_lookers(alert)}*{text}.*"),))


def resolved(alert: Alert) -> Message:
    """It is over, and how long it lasted."""
    text = f"Resolved: {what(alert)}; it lasted {_lasted(alert)}"
    gone = f"Not seen since {date(alert.gone_at)}." if alert.gone_at else ""
    return Message(text=text, blocks=(section(f"*Resolved*, it lasted {_lasted(alert)}. {gone}".rstrip()),))


def aloud(alert: Alert) -> Message:
    """It was told calmly, and is not any more."""
    text = "The maintenance window is over, and this still stands"
    return Message(text=f"{text}: {what(alert)}", blocks=(section(f"*{text}.*"),))


def escalated(alert: Alert, group: str, now: datetime) -> Message:
    """Nobody looks into it: a group is called. `group` is its mention, or empty."""
    waited = wording.duration(_minutes(now - (alert.aloud_at or alert.since)))
    text = f"nobody has looked into this for {waited}"
    return Message(
        text=f"{what(alert)}: {text}",
        blocks=(section(f"{group} {text}. 👀 below the alert says that somebody does.".lstrip()),),
    )


def what(alert: Alert) -> str:
    """`ledger: data is missing`; what is wrong, and with what."""
    return f"{alert.cause.database or 'Secondkey'}: {told(alert)}"


def told(alert: Alert) -> str:
    """`data is missing`."""
    cause = alert.cause
    said = wrong(alert.findings) if cause.matter is Matter.DATA else _WRONG[cause.matter]
    return f"{said} ({cause.subject})" if cause.subject else said


def _heading(alert: Alert, *, calm: bool) -> str:
    if alert.resolved_at:
        return f"✅ Resolved after {_lasted(alert)} · {what(alert)}"
    if calm:
        return f"🔧 In maintenance · {what(alert)}"
    return f"{'🔴' if alert.severity is Severity.CRITICAL else '🟠'} {what(alert)}"


def _knowledge(alert: Alert, window: MaintenanceWindow | None) -> list[str]:
    lines = [f"*Since* {date(alert.since)}", f"*How sure* {prose(alert.sure)}"]
    if alert.done:
        lines += ["*Done already*", *(f"• {prose(each)}" for each in alert.done)]
    if alert.endangers_data and not alert.resolved_at:
        lines += _first_actions(alert)
    if window:
        lines.append(
            f"*Maintenance* until {date(window.until)}, by {common.who(window.by)}: {escape(window.reason)}"
        )
    return lines


def _first_actions(alert: Alert) -> list[str]:
    name, backup = alert.cause.database, alert.backup_id
    back = f"→ `/restore {name} {backup} REASON` brings it back, with two"
    away = f"→ `/traffic stop {name} REASON` keeps everybody away, by one person"
    return [back, away] if backup else [away]


def _elsewhere(instead: str) -> list[str]:
    """Whoever is not used to alerts here must know why one comes, and where its counts are."""
    return [f"⚠️ Told here because {prose(instead)}; `/verify` shows the counts"] if instead else []


def _footer(alert: Alert) -> list[str]:
    if alert.resolved_at:
        return [alert.id]
    if alert.acknowledged_by:
        people = ", ".join(map(common.who, alert.acknowledged_by))
        return [f"👀 {people} {'looks' if len(alert.acknowledged_by) == 1 else 'look'} into it", alert.id]
    return ["👀 below this message says that you look into it", alert.id]


def _buttons(alert: Alert) -> list[Block]:
    if alert.resolved_at or not alert.cause.database:
        return []
    back = common.prepare_restore(alert.backup_id)
    return [actions(*back, common.verify_again(alert.cause.database))]


def _lookers(alert: Alert) -> str:
    return "".join(f"{common.who(user)} " for user in alert.acknowledged_by)


def _lasted(alert: Alert) -> str:
    end = alert.gone_at or alert.resolved_at or alert.seen_at
    return wording.duration(end - alert.since)


def _minutes(length: timedelta) -> timedelta:
    return timedelta(minutes=max(1, length // timedelta(minutes=1)))


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def _codes(found: Sequence[Finding]) -> str:
    return wording.listed(list(dict.fromkeys(each.code.value for each in found)), CODES)
