"""An incident as its messages show it: the announcement, the summary at the top, and the evidence."""

from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain.deploying.gate import Freeze
from bot.domain.findings import LOSSES, Code, Finding
from bot.domain.incidents.evidence import NEARBY, elsewhere
from bot.domain.incidents.incident import Evidence, Incident, Kind, Role, Suspect, WayBack
from bot.slack.blocks import (
    Block,
    Message,
    actions,
    clip,
    code,
    context,
    date,
    escape,
    header,
    prose,
    section,
    sections,
)
from bot.slack.views import common

#: How many tables, and how many other findings, are named.
TABLES = 5
OTHERS = 3
#: How much of a finding's evidence is shown, and of an update that was told in full.
DETAIL = 200
UPDATE = 500
KINDS = {
    Kind.DATA_LOSS: "data loss",
    Kind.WRONG_DATABASE: "another database",
    Kind.REPORTED: "reported",
}

#: What rows before and now tell already.
_COUNTED = LOSSES | {Code.ROWS_BELOW_FLOOR}
#: What can be typed in the incident's channel, each on a line that a phone shows.
_MOVES = (
    "→ `/incident role lead @somebody`",
    "→ `/incident note TEXT` · 📌 on a message puts it into the timeline",
    "→ `/incident update TEXT` tells everybody",
    "→ `/incident close REASON`",
)

Lines = tuple[str, ...]


def announcement(incident: Incident, frozen: Freeze | None) -> Message:
    """Where incidents are told: that there is one, and where people work on it."""
    title = _title(incident)
    detail = _closed(incident) if incident.channel else _standing(incident, frozen)
    return Message(
        text=f"{title}: {escape(clip(incident.what, DETAIL))}",
        blocks=(
            header(title),
            *sections(escape(incident.what), *_place(incident)),
            *(sections(*detail) if detail else []),
            context(_footer(incident)),
        ),
    )


def summary(incident: Incident, frozen: Freeze | None) -> Message:
    """At the top of the incident's channel: how it stands, and what can be typed here."""
    title = _title(incident)
    return Message(
        text=f"{title}: {escape(clip(incident.what, DETAIL))}",
        blocks=(
            header(title),
            section(escape(incident.what)),
            *sections(*_standing(incident, frozen)),
            *([section(*_MOVES)] if incident.is_open else []),
            context(_footer(incident)),
        ),
    )


def evidence(incident: Incident, found: Evidence) -> Message:
    """What is known, and the way back; it asks for a restore, and a second person decides."""
    title = f"Evidence · {incident.database}"
    return Message(
        text=f"{title}: {escape(clip(_in_short(found), DETAIL))}",
        blocks=(
            header(title),
            *(block for paragraph in _paragraphs(incident, found) for block in sections(*paragraph)),
            context(f"As of {date(found.looked_at)} · {incident.id}"),
            *_buttons(incident, found),
        ),
    )


def status(incident: Incident, frozen: Freeze | None, last: Sequence[str]) -> Message:
    """`/incident status`: the summary, the evidence, and what happened last."""
    shown = summary(incident, frozen)
    known = _paragraphs(incident, incident.evidence) if incident.evidence else ()
    return Message(
        text=shown.text,
        blocks=(
            *shown.blocks,
            *(block for paragraph in known for block in sections(*paragraph)),
            *(sections("*What happened last*", *last) if last else []),
        ),
    )


def listing(found: Sequence[Incident], now: datetime) -> Message:
    """`/incident list`: the newest first."""
    if not found:
        return Message(text="No incidents yet", blocks=(section("No incidents yet."),))
    return Message(
        text=f"Incidents: {_in_list(found[0], now)}",
        blocks=tuple(sections("*Incidents*", *(f"• {_in_list(each, now)}" for each in found))),
    )


def mark(incident: Incident) -> str:
    return "🔴" if incident.is_open else "✅"


def _title(incident: Incident) -> str:
    over = "" if incident.is_open else " closed"
    return f"{mark(incident)} Incident{over} · {incident.database} · {KINDS[incident.kind]}"


def _place(incident: Incident) -> Lines:
    if incident.channel:
        return (f"→ <#{incident.channel}>",)
    if incident.no_channel:
        return (
            f"It is told in this thread: {prose(incident.no_channel)}.",
            f"→ {code(f'/incident note {incident.database} TEXT')} adds to it",
        )
    return ("Its channel is being made.",)


def _standing(incident: Incident, frozen: Freeze | None) -> Lines:
    return (
        *_roles(incident),
        *(
            [f"*Update* {date(incident.updated_at)}: {escape(clip(incident.update, UPDATE))}"]
            if incident.updated_at
            else []
        ),
        _deployments(incident, frozen),
        *_closed(incident),
    )


def _deployments(incident: Incident, frozen: Freeze | None) -> str:
    if frozen is None:
        return "*Deployments* not frozen"
    by = "this incident" if frozen.by == incident.id else common.who(frozen.by)
    return f"*Deployments* 🧊 frozen since {date(frozen.since)}, by {by}"


def _roles(incident: Incident) -> Lines:
    given = " · ".join(
        f"{role} {common.who(incident.roles[role])}" for role in Role if role in incident.roles
    )
    nobody = (
        "" if incident.lead or not incident.is_open else f"nobody leads yet: {code('/incident role lead')}"
    )
    return (f"*Roles* {' · '.join(filter(None, (nobody, given)))}",) if given or nobody else ()


def _closed(incident: Incident) -> Lines:
    if incident.closed_at is None:
        return ()
    took = wording.duration(incident.closed_at - incident.opened_at)
    return (
        f"*Closed* {date(incident.closed_at)}, after {took}, by {common.who(incident.closed_by)}",
        *common.reason(incident.reason),
    )


def _footer(incident: Incident) -> str:
    return f"Opened by {common.who(incident.opened_by)} · {date(incident.opened_at)} · {incident.id}"


def _paragraphs(incident: Incident, found: Evidence) -> tuple[Lines, ...]:
    counted = {each.table for each in found.counts}
    there = elsewhere(found)
    shown = [each for each in found.findings if each not in there]
    others = [each for each in shown if each.code not in _COUNTED or each.subject not in counted]
    return tuple(
        filter(
            None,
            (
                (f"⚠️ The database could not be read: {prose(found.unread)}",) if found.unread else (),
                _counted(found),
                _elsewhere(there),
                _found(others),
                () if found.findings or found.unread else ("Nothing was found missing.",),
                _suspected(found.suspect),
                _back(incident, found.way_back),
            ),
        )
    )


def _counted(found: Evidence) -> Lines:
    counts = found.counts
    if not counts:
        return ()
    codes = dict.fromkeys(each.code.value for each in found.findings if each.code in LOSSES)
    heading = wording.listed(list(codes), 3)
    rows = [(each.table, f"{_rows(each.before)} → {_rows(each.now)}") for each in counts[:TABLES]]
    rest = len(counts) - TABLES
    more = (f"and {wording.plural(rest, 'more table')}",) if rest > 0 else ()
    then = f"*Rows before and at {date(found.looked_at)}* {heading}"
    return (then.rstrip(), *common.figures(rows), *more)


def _elsewhere(there: Sequence[Finding]) -> Lines:
    """Rows that are missing here, and lie in another schema or database: then nothing may be lost."""
    if not there:
        return ()
    shown = [f"• {code(each.subject)} {prose(clip(each.detail, DETAIL))}" for each in there[:OTHERS]]
    rest = len(there) - len(shown)
    more = (f"and {wording.plural(rest, 'more table')}",) if rest > 0 else ()
    return ("⚠️ *Found elsewhere* Look there before anything is restored:", *shown, *more)


def _rows(number: int | None) -> str:
    return "gone" if number is None else wording.count(number)


def _found(findings: Sequence[Finding]) -> Lines:
    if not findings:
        return ()
    shown = [
        f"• {each.code.value} {code(each.subject)} {prose(clip(each.detail, DETAIL))}"
        for each in findings[: max(OTHERS, TABLES)]
    ]
    rest = len(findings) - len(shown)
    return ("*Found*", *shown, *([f"and {wording.count(rest)} more"] if rest else []))


def _suspected(suspect: Suspect | None) -> Lines:
    if suspect is None:
        return (f"*Deployments* none was let through by Secondkey in the {wording.duration(NEARBY)} before",)
    began, by = date(suspect.began_at), common.who(suspect.by)
    return (
        f"*Deployment* {escape(suspect.release)} was let through {began}, by {by}, and is {suspect.stage}",
        "It was near; whether it is the cause is not known.",
    )


def _back(incident: Incident, back: WayBack | None) -> Lines:
    if back is None:
        why = code(f"/backup list {incident.database}")
        return (f"*Way back* ⚠️ no backup is both healthy and restore-tested: {why} says why",)
    takes = "a time that nobody measured yet"
    if back.seconds is not None:
        takes = f"about {wording.duration(back.seconds)} ({back.tried})"
    return (
        f"*Way back* {code(back.backup_id)} of {date(back.made_at)} · {back.proof}",
        f"Restoring takes {takes}. {_effect(back)}",
    )


def _effect(back: WayBack) -> str:
    if back.comes_back is None or back.tables is None or back.goes_aside is None:
        return f"What comes back and what goes aside is not told here: {code('/restore')} tells you alone."
    return common.effect(back.comes_back, back.tables, back.goes_aside)


def _in_short(found: Evidence) -> str:
    if found.counts:
        return wording.listed(
            [f"{each.table} {_rows(each.before)} → {_rows(each.now)}" for each in found.counts], 2
        )
    codes = list(dict.fromkeys(each.code.value for each in found.findings))
    return wording.listed(codes, 3) if codes else "nothing was found missing"


def _buttons(incident: Incident, found: Evidence) -> list[Block]:
    back = common.prepare_restore(found.way_back.backup_id if found.way_back else "")
    return [actions(*back, common.verify(incident.database))]


def _in_list(incident: Incident, now: datetime) -> str:
    place = f" · <#{incident.channel}>" if incident.channel else ""
    what = f"*{escape(incident.database)}* {escape(clip(incident.what, 100))}"
    ago = wording.ago(incident.opened_at, now)
    return f"{mark(incident)} {what} · {incident.stage} · {ago}{place} · {incident.id}"
