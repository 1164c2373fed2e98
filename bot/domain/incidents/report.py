"""The report of an incident, in markdown: what is known, with its evidence, and what is not, as questions.

Nothing is invented: what nobody recorded stands there in brackets, to be answered by people.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot import wording
from bot.domain.incidents.account import Account, Restored
from bot.domain.incidents.evidence import elsewhere, rows_lost
from bot.domain.incidents.incident import Count, Evidence, Kind, Suspect
from bot.domain.incidents.markdown import code, escape, link, table
from bot.domain.incidents.timeline import Entry
from bot.domain.people import BOT

#: Of an incident's kind, in its title.
KINDS = {
    Kind.DATA_LOSS: "data loss",
    Kind.WRONG_DATABASE: "another database",
    Kind.REPORTED: "reported by a person",
}
#: A canvas takes tables of 300 cells.
TABLES = 60
#: How many findings stand beside a question.
FOUND = 20
#: What was written down so much later than it happened is shown with both times.
PROMPT = timedelta(minutes=1)


def title(account: Account) -> str:
    incident = account.incident
    return f"Incident report: {incident.database}, {KINDS[incident.kind]}, {incident.opened_at:%Y-%m-%d}"


def report(account: Account) -> str:
    """All times are UTC."""
    parts = (
        [f"# {escape(title(account))}"],
        _summary(account),
        _impact(account),
        _timeline(account),
        _causes(account),
        _worked(account),
        _did_not(account),
        _actions(),
        [f"{code(account.incident.id)} · written by Secondkey {_moment(account.now)} from its own records."],
    )
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _summary(account: Account) -> list[str]:
    incident = account.incident
    lead = f"Led by {escape(account.name(incident.lead))}." if incident.lead else "[Who led?]"
    ended = (
        f"Closed {_moment(incident.closed_at)} by {escape(account.name(incident.closed_by))}: "
        f"{escape(incident.reason)}"
        if incident.closed_at
        else "**It is still open.**"
    )
    return [
        "## Summary",
        "",
        escape(incident.what),
        "",
        f"Opened {_moment(incident.opened_at)} by {escape(account.name(incident.opened_by))}. {lead} {ended}",
    ]


def _impact(account: Account) -> list[str]:
    return [
        "## Impact",
        "",
        *_rows(account.incident.evidence),
        *_minutes(account),
        *_way_back(account.incident.evidence),
        "- [Who could not work meanwhile, and what did they see?]",
        "- [When did it begin? What is known is when it was noticed.]",
    ]


def _rows(evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return ["- [How many rows were missing? Nobody looked.]"]
    if evidence.unread and not evidence.counts:
        return [f"- [How many rows were missing? The database could not be read: {escape(evidence.unread)}]"]
    if (lost := rows_lost(evidence)) is None:
        return ["- [How many rows were missing? None were counted as missing.]"]
    counts = evidence.counts
    rest = len(counts) - TABLES
    return [
        *table(("table", "rows before", "rows then"), [_counted(each) for each in counts[:TABLES]]),
        *([f"and {wording.plural(rest, 'more table')}"] if rest > 0 else []),
        "",
        f"- {_lost(lost, len(counts))}, counted {_moment(evidence.looked_at)}",
        *(f"- found elsewhere: {code(each.subject)} {escape(each.detail)}" for each in elsewhere(evidence)),
    ]


def _lost(rows: int, tables: int) -> str:
    return f"{wording.plural(rows, 'row')} missing in {wording.plural(tables, 'table')}"


def _counted(each: Count) -> tuple[str, str, str]:
    now = "the table was gone" if each.now is None else wording.count(each.now)
    return code(each.table), "[unknown]" if each.before is None else wording.count(each.before), now


def _minutes(account: Account) -> Iterator[str]:
    noticed = account.noticed_at
    yield (
        f"- noticed by Secondkey {_moment(noticed)}"
        if noticed
        else "- [When was it noticed, and by what? A person opened the incident.]"
    )
    end = "closed" if account.incident.closed_at else "written"
    yield f"- {_in_minutes(account.lasted)} until it was {end}"
    for each in account.restores:
        yield f"- {_in_minutes(each.at - account.began)} until {code(each.source)} was live"
        yield f"- {_outage(each)} while {code(each.source)} was restored"
    if not account.restores:
        yield "- [For how long could nobody use the database? Nothing was restored while it was open.]"


def _way_back(evidence: Evidence | None) -> Iterator[str]:
    """What going back was known to take and to lose when the evidence was gathered."""
    if evidence is None or (back := evidence.way_back) is None:
        return
    takes = f"about {wording.duration(back.seconds)} ({back.tried})" if back.seconds else "[how long?]"
    yield (
        f"- last good backup then: {code(back.backup_id)} of {_moment(back.made_at)}; restoring it takes "
        f"{takes} and loses what was written after it"
    )


def _outage(restored: Restored) -> str:
    return "[how long?] of outage" if restored.outage is None else f"{_in_minutes(restored.outage)} of outage"


def _timeline(account: Account) -> list[str]:
    entries = [_entry(account, each) for each in account.timeline]
    return [
        "## Timeline",
        "",
        "UTC; the second time is when it was written down.",
        "",
        *(entries or ["- [What happened?]"]),
    ]


def _entry(account: Account, entry: Entry) -> str:
    told = escape(account.words(entry.text))
    recorded = f" (written down {_clock(entry.recorded_at, entry.at)})" if _late(entry) else ""
    seen = f" · {link('link', entry.link)}" if entry.link.startswith("http") else ""
    return (
        f"- **{entry.at:%Y-%m-%d %H:%M:%S}**{recorded} {escape(account.name(entry.by))}: {told}"
        f"{_changed(account, entry)}{seen}"
    )


def _changed(account: Account, entry: Entry) -> str:
    """What the message said before, and that it is there no more."""
    before = "; ".join(f"“{escape(each)}”" for each in account.earlier.get(entry.key, ()))
    edited = f" (edited; before: {before})" if before else ""
    return edited + (
        f" (taken out or deleted {_clock(entry.removed_at, entry.at)})" if entry.removed_at else ""
    )


def _late(entry: Entry) -> bool:
    return entry.recorded_at - entry.at >= PROMPT


def _causes(account: Account) -> list[str]:
    evidence = account.incident.evidence
    found = evidence.findings if evidence else ()
    rest = len(found) - FOUND
    return [
        "## Causes",
        "",
        "- [What removed the data, or led to another database?]",
        *(f"  - {each.code.value} {escape(each.subject)} {escape(each.detail)}" for each in found[:FOUND]),
        *([f"  - and {wording.count(rest)} more"] if rest > 0 else []),
        *_near(account, evidence.suspect if evidence else None),
        "- [Why was it possible?]",
        "- [What should have stopped it, and did not?]",
    ]


def _near(account: Account, suspect: Suspect | None) -> list[str]:
    if suspect is None:
        return [
            "- [Was it a deployment?]",
            "  - Secondkey let none through in the hours before; others are not known to it",
        ]
    return [
        f"- [Was it the deployment of {escape(suspect.release)}?]",
        f"  - let through {_moment(suspect.began_at)} by {escape(account.name(suspect.by))}: "
        + code(suspect.deployment),
        f"  - it was {escape(suspect.stage)} when the evidence was gathered",
        "  - it was near in time: that does not make it the cause",
    ]


def _worked(account: Account) -> list[str]:
    incident = account.incident
    known = [
        *(["Secondkey noticed it by itself"] if incident.opened_by == BOT else []),
        *(
            f"{code(each.source)} was restored {_moment(each.at)}, as {escape(account.name(each.by))} asked"
            + (f": {wording.plural(each.rows, 'row')} were live after it" if each.rows is not None else "")
            for each in account.restores
        ),
    ]
    return ["## What worked", "", *(f"- {each}" for each in known), "- [What else?]"]


def _did_not(account: Account) -> list[str]:
    known = [f"- {_moment(each.at)} {escape(each.what)}: {escape(each.why)}" for each in account.failures]
    return ["## What did not", "", *known, "- [What else?]"]


def _actions() -> list[str]:
    return ["## Actions", "", *table(("action", "owner", "until"), [("[what?]", "[who?]", "[when?]")] * 3)]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _clock(at: datetime, beside: datetime) -> str:
    """The day only where it is another one."""
    return f"{at:%H:%M:%S}" if at.date() == beside.date() else _moment(at)


def _in_minutes(length: timedelta) -> str:
    return wording.duration(length)
