"""The audit log as a timeline tells it: only what people need to follow what happened, in plain words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import wording
from bot.domain.incidents.timeline import Entry, Source
from bot.domain.people import BOT

Detail = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Logged:
    """An entry of the audit log."""

    number: int
    at: datetime
    actor: str
    #: `request.asked`
    action: str
    detail: Detail


def entries_of(logged: Iterable[Logged]) -> Iterator[Entry]:
    """What belongs into a timeline; the rest of the log is left out."""
    for each in logged:
        told = _TOLD.get(each.action)
        if told is None:
            continue
        source, words = told
        yield Entry(
            key=f"log:{each.number}",
            at=each.at,
            recorded_at=each.at,
            by=each.actor,
            source=source,
            text=words(each.detail),
        )


def left_out(older: int, first: Logged) -> Entry:
    """So many entries of the log are older than `first`, with which the telling begins."""
    before = first.at - timedelta(microseconds=1)
    return Entry(
        key=f"log:before:{first.number}",
        at=before,
        recorded_at=before,
        by=BOT,
        source=Source.LOG,
        text=f"left out here: {wording.plural(older, 'older line')} of the audit log: see `secondkey audit`",
    )


def _plainly(text: str) -> Callable[[Detail], str]:
    return lambda _: text


def _because(text: str, name: str = "reason") -> Callable[[Detail], str]:
    """With the reason that was given, where there is one."""
    return lambda detail: f"{text}: {detail[name]}" if detail.get(name) else text


def _about(text: str, name: str) -> Callable[[Detail], str]:
    """With what it was about, where that is known."""
    return lambda detail: f"{text} {detail[name]}" if detail.get(name) else text


def _codes(text: str) -> Callable[[Detail], str]:
    return lambda detail: f"{text}: {wording.listed(list(dict.fromkeys(detail.get('codes') or ['nothing'])))}"


def _restored(text: str) -> Callable[[Detail], str]:
    def words(detail: Detail) -> str:
        rows, seconds = detail.get("rows"), detail.get("seconds")
        told = [
            *([f"from {detail['source']}"] if detail.get("source") else []),
            *([wording.plural(rows, "row")] if isinstance(rows, int) else []),
            *([f"outage {wording.duration(seconds)}"] if isinstance(seconds, float) else []),
        ]
        return f"{text} {', '.join(told)}".rstrip()

    return words


def _vote(text: str) -> Callable[[Detail], str]:
    return lambda detail: f"{text}, request {detail.get('request', 'not known')}"


def _request(text: str) -> Callable[[Detail], str]:
    def words(detail: Detail) -> str:
        kind = f" ({detail['kind']})" if detail.get("kind") else ""
        because = f": {detail['reason'] or detail.get('problem')}" if detail.get("reason") else ""
        return f"{text} {detail.get('request', '')}{kind}{because}"

    return words


def _alert(text: str) -> Callable[[Detail], str]:
    """By what was found, else by its cause."""

    def words(detail: Detail) -> str:
        found = detail.get("codes") or [detail.get("cause", "cause not known")]
        return f"{text}: {wording.listed(list(dict.fromkeys(found)))}"

    return words


_TOLD: Mapping[str, tuple[Source, Callable[[Detail], str]]] = {
    "alert.opened": (Source.ALERT, _alert("alert")),
    "alert.reopened": (Source.ALERT, _alert("alert again")),
    "alert.worse": (Source.ALERT, _alert("alert is worse")),
    "alert.acknowledged": (Source.ALERT, _alert("alert acknowledged")),
    "alert.escalated": (Source.ALERT, _alert("alert escalated")),
    "alert.resolved": (Source.ALERT, _alert("alert is over")),
    "alert.left": (Source.ALERT, _alert("alert acknowledged no more")),
    "maintenance.began": (Source.LOG, _because("maintenance window opened")),
    "maintenance.ended": (Source.LOG, _plainly("maintenance window ended")),
    "watch.failover": (Source.LOG, _plainly("another server answers: a fail-over")),
    "incident.opened": (Source.LOG, _because("incident opened", "what")),
    "incident.channel": (Source.LOG, _about("channel of the incident:", "name")),
    "incident.sent": (Source.LOG, _about("a text was sent outside, to", "audience")),
    "incident.closed": (Source.LOG, _because("incident closed")),
    "request.asked": (Source.VOTE, _request("asked for a second person")),
    "request.approved": (Source.VOTE, _request("approved:")),
    "request.denied": (Source.VOTE, _request("denied:")),
    "request.expired": (Source.VOTE, _request("expired:")),
    "request.void": (Source.VOTE, _request("void:")),
    "vote.approve": (Source.VOTE, _vote("voted for it")),
    "vote.deny": (Source.VOTE, _vote("voted against it")),
    "vote.withdrawn": (Source.VOTE, _vote("took the vote back")),
    "vote.late": (Source.VOTE, _vote("voted against it, too late")),
    "deployment.asked": (Source.DEPLOYMENT, _about("deployment asked for:", "release")),
    "deployment.opened": (Source.DEPLOYMENT, _about("deployment let through:", "release")),
    "deployment.blocked": (Source.DEPLOYMENT, _about("deployment blocked:", "release")),
    "deployment.reported": (Source.DEPLOYMENT, _about("deployment ended:", "release")),
    "deployment.closed": (Source.DEPLOYMENT, _about("deployment finished:", "release")),
    "deployment.aborted": (Source.DEPLOYMENT, _about("deployment aborted:", "release")),
    "deployment.alarm": (Source.ALERT, _codes("alarm while a release was at work")),
    "deployment.frozen": (Source.DEPLOYMENT, _because("deployments frozen")),
    "deployment.thawed": (Source.DEPLOYMENT, _because("deployments let through again")),
    "override.granted": (Source.DEPLOYMENT, _about("gate overridden for", "release")),
    "traffic.stopped": (Source.LOG, _because("traffic stopped")),
    "traffic.started": (Source.LOG, _plainly("traffic started")),
    "backup.done": (Source.BACKUP, _about("backup made:", "id")),
    "backup.failed": (Source.BACKUP, _because("backup failed")),
    "restore.asked": (Source.RESTORE, _because("restore asked for")),
    "restore.done": (Source.RESTORE, _restored("restored")),
    "preparation.failed": (Source.RESTORE, _because("a restore was not prepared")),
    "restore.failed": (Source.RESTORE, _because("restore failed")),
    "undo.done": (Source.RESTORE, _restored("restore undone")),
    "undo.failed": (Source.RESTORE, _because("undo failed")),
    "verify.done": (Source.LOG, _codes("verified")),
    "baseline.accepted": (Source.LOG, _plainly("the database was accepted as it is")),
}

#: All that is told of the log.
ACTIONS = frozenset(_TOLD)
