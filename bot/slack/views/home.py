"""The App Home: all protected databases at a glance, those in danger first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bot import wording
from bot.domain.alerting.alert import Alert
from bot.domain.drill import Drill
from bot.domain.findings import Outcome, Severity
from bot.domain.operation import Operation
from bot.domain.overview import Glance, Overview
from bot.slack.blocks import (
    Block,
    Button,
    Message,
    actions,
    clip,
    code,
    context,
    date,
    divider,
    escape,
    header,
    prose,
    section,
    sections,
)
from bot.slack.views.alert import told, without_counts
from bot.slack.views.common import backup_now, proof, restore, verify, who
from bot.slack.views.losses import shortly
from bot.slack.views.replies import running
from bot.slack.views.traffic import halted

#: So many databases have a card of their own, where there is room for it.
CARDS = 12
#: So many more have a line; the rest is only counted.
LINES = 60
#: How many alerts a card names before the rest is only counted.
ALERTS = 3
#: How much of others' words stands on a card.
ENVIRONMENT, WORDS = 40, 100
_LIGHT = {
    Glance.IN_DANGER: "🔴",
    Glance.NEEDS_ATTENTION: "🟠",
    Glance.NOT_KNOWN: "⚪",
    Glance.ALL_WELL: "🟢",
}
_ORDER = list(Glance)
_VERIFIED = {Outcome.PASS: "passed", Outcome.WARN: "passed with warnings", Outcome.BLOCK: "*blocked*"}


def home(
    databases: Sequence[Overview],
    open_now: Sequence[Operation],
    now: datetime,
    own_alerts: Sequence[Alert] = (),
) -> Message:
    """What is known of the databases that one person may ask about, and of the bot itself.

    As many have a card as there is room for; of all others there is a line.
    """
    worst_first = sorted(databases, key=lambda each: _ORDER.index(each.glance))
    top = tuple(_top(databases, open_now, now, own_alerts))
    drafts = [
        Message(text="Secondkey", blocks=(*top, *_below(worst_first, cards, now)))
        for cards in range(_most_cards(worst_first), -1, -1)
    ]
    return next((draft for draft in drafts if draft.limited() == draft), drafts[-1])


def _most_cards(worst_first: Sequence[Overview]) -> int:
    """Where not all can have one, a database that is all well needs none."""
    if len(worst_first) <= CARDS:
        return len(worst_first)
    return min(CARDS, sum(each.glance is not Glance.ALL_WELL for each in worst_first))


def published(message: Message) -> dict[str, Any]:
    """The view that `views.publish` takes; a refusal is shown in the home's place, too."""
    return {"type": "home", "blocks": list(message.limited().blocks)}


def _top(
    databases: Sequence[Overview],
    open_now: Sequence[Operation],
    now: datetime,
    own_alerts: Sequence[Alert],
) -> Iterator[Block]:
    yield header("Secondkey")
    if own_alerts:
        yield section("*Secondkey itself*", *alert_lines(own_alerts, now))
    if open_now:
        yield section("*Running now*", *running(open_now))
    counted = Counter(each.glance for each in databases)
    lights = [f"{_LIGHT[glance]} {counted[glance]:,} {glance}" for glance in Glance if counted[glance]]
    yield context(" · ".join([*lights, f"as of {date(now)}"]))
    if not databases:
        yield section("None of the protected databases is open to you: ask who configured Secondkey.")


def _below(worst_first: Sequence[Overview], cards: int, now: datetime) -> Iterator[Block]:
    for each in worst_first[:cards]:
        yield divider()
        yield from sections(_title(each), *_card(each, now))
        yield actions(*_buttons(each))
    others = worst_first[cards:]
    if others:
        yield divider()
        yield from sections(*(_line(each, now) for each in others[:LINES]))
        more = f"and {len(others) - LINES:,} more · " if len(others) > LINES else ""
        yield context(f"{more}`/verify DATABASE` asks about one of them")


def in_brief(each: Overview, now: datetime) -> list[str]:
    """One database for everybody who reads along: without counts of rows, and in a message of its own."""
    why = code(f"/drill status {each.database}")
    return [
        _title(each),
        *_open(each, now),
        *alert_lines([*map(without_counts, each.alerts)], now, calling=True),
        *_backups(each, now),
        *_drill(each.drill, now, f"{why} says why"),
    ]


def _buttons(each: Overview) -> list[Button]:
    """They ask, and decide nothing."""
    asking = [verify(each.database), backup_now(each.database)]
    if each.newest_good is not None and any(alert.endangers_data for alert in each.alerts):
        asking.append(restore(each.newest_good, label="Ask for a restore"))
    return asking


def _title(each: Overview) -> str:
    environment = escape(clip(each.environment, ENVIRONMENT))
    return f"{_LIGHT[each.glance]} *{code(each.database)}* · {environment} · *{each.glance}*"


def _line(each: Overview, now: datetime) -> str:
    told = [f"{_LIGHT[each.glance]} {code(each.database)} {each.glance}"]
    if each.newest is None:
        told.append("no backup")
    else:
        told.append(f"backup {wording.ago(each.newest.manifest.created_at, now)}, {proof(each.newest)}")
    if each.drill is not None:
        told.append(f"drill {'passed' if each.drill.ok else 'failed'} {wording.ago(each.drill.at, now)}")
    return " · ".join(told)


def _card(each: Overview, now: datetime) -> list[str]:
    return [
        *_open(each, now),
        *alert_lines(each.alerts, now),
        *_verified(each, now),
        *_backups(each, now),
        *_drill(each.drill, now),
        *_due(each, now),
        *_rows(each, now),
    ]


def _open(each: Overview, now: datetime) -> Iterator[str]:
    """What people have begun, and nobody has ended yet."""
    if (incident := each.incident) is not None:
        place = f": <#{incident.channel}>" if incident.channel else ""
        yield f"🚨 *Incident*, opened {wording.ago(incident.opened_at, now)}{place}"
    if each.stopped is not None:
        yield halted(each.database, each.stopped)
    if (deployment := each.deployment) is not None:
        since = f", opened {wording.ago(deployment.opened_at, now)}" if deployment.opened_at else ""
        yield f"🚀 Deployment of {code(clip(deployment.release, WORDS))}{since}"
    if (freeze := each.freeze) is not None:
        ours = each.incident is not None and freeze.by == each.incident.id
        why = (
            "until the incident is closed"
            if ours
            else f"by {who(freeze.by)}: {escape(clip(freeze.reason, WORDS))}"
        )
        yield f"🧊 Deployments are frozen {why}"
    if (window := each.maintenance) is not None:
        yield f"🔧 Maintenance until {date(window.until)}: {escape(clip(window.reason, WORDS))}"
    if each.requests:
        yield f"🔑 {wording.plural(len(each.requests), 'open request')}: `/requests`"


def alert_lines(alerts: Sequence[Alert], now: datetime, *, calling: bool = False) -> Iterator[str]:
    """The worst of them; `calling`: where a name would call the person, none stands."""
    worst_first = sorted(alerts, key=lambda alert: alert.severity is not Severity.CRITICAL)
    for alert in worst_first[:ALERTS]:
        mark = "🔴" if alert.severity is Severity.CRITICAL else "🟠"
        evidence = shortly(alert.findings)
        what = escape(clip(f"{told(alert)}: {evidence}" if evidence else told(alert), 2 * WORDS))
        people = "somebody looks" if calling else ", ".join(map(who, alert.acknowledged_by[:ALERTS]))
        seen = f", 👀 {people}" if alert.acknowledged_by else ""
        yield f"{mark} {what} · {wording.ago(alert.since, now)}{seen}"
    if len(worst_first) > ALERTS:
        yield f"and {wording.plural(len(worst_first) - ALERTS, 'more alert')}: `/watch status`"


def _verified(each: Overview, now: datetime) -> Iterator[str]:
    watched = f" · watched {wording.ago(each.looked_at, now)}" if each.looked_at else ""
    if each.verified is None:
        yield f"Verified: never{watched}"
    elif each.verdict is None and each.baseline is not None:
        yield f"Verified: not since it was accepted, {wording.ago(each.baseline.pinned_at, now)}{watched}"
    else:
        yield f"Verified: {_VERIFIED[each.verified.outcome]}, {wording.ago(each.verified.at, now)}{watched}"
    if each.baseline is None:
        yield f"Accepted: not yet, `/verify {each.database}` asks"


def _backups(each: Overview, now: datetime) -> Iterator[str]:
    if each.newest is None:
        yield "Backup: none yet"
        return
    age = wording.ago(each.newest.manifest.created_at, now)
    yield f"Backup: {code(each.newest.id)}, {age}, {proof(each.newest)}"
    if each.newest_good is None:
        yield "*No backup is both healthy and restore-tested.*"
    elif each.newest_good.id != each.newest.id:
        good = each.newest_good
        yield f"Newest proven good: {code(good.id)}, {wording.ago(good.manifest.created_at, now)}"


def _drill(drill: Drill | None, now: datetime, why: str = "") -> Iterator[str]:
    """`why` stands for the reason of a failure, in which there may be counts."""
    if drill is None:
        yield "Drill: none yet"
    elif drill.seconds is None:
        because = why or prose(clip(drill.problem, WORDS))
        yield f"Drill: *failed*, {wording.ago(drill.at, now)}: {because}"
    else:
        yield f"Drill: restored in {wording.duration(drill.seconds)}, {wording.ago(drill.at, now)}"


def _due(each: Overview, now: datetime) -> Iterator[str]:
    """What comes by itself, in one line of a phone: `Backup in 12 h, drill in 4 days`."""
    coming = [("backup", each.backup_due), ("drill", each.drill_due)]
    told = [f"{what} {wording.ahead(at, now)}" for what, at in coming if at]
    if told:
        yield ", ".join(told).capitalize()


def _rows(each: Overview, now: datetime) -> Iterator[str]:
    """What was counted last, beside what is expected."""
    if each.baseline is None:
        return
    expected, counted = each.baseline.state.rows, each.counted
    if counted is None:
        yield f"Rows: {wording.count(expected)} in the baseline, not counted since"
        return
    at, rows = counted
    alarmed = any(alert.endangers_data and alert.since > at for alert in each.alerts)
    against = "before the alert" if alarmed else _against(rows, expected)
    yield f"Rows: {wording.count(rows)} {against}, counted {wording.ago(at, now)}"


def _against(rows: int, expected: int) -> str:
    if rows == expected:
        return "(as in the baseline)"
    apart = (
        f"{wording.count(rows - expected)} more"
        if rows > expected
        else f"*{wording.count(expected - rows)} fewer*"
    )
    return f"({apart} than in the baseline)"
