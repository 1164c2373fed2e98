"""Records of requests for a second person. Whether one may act is decided by one statement each, and once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import kwargs_row

from bot.domain.approval import Choice, Plan, Request, State, Uncounted
from bot.domain.binding import Facts, digest
from bot.domain.operation import Kind
from bot.errors import NotFound, Refused
from bot.store.documents import document, storable
from bot.store.operations import new_id
from bot.store.queries import query

#: An open request is looked at this often even when nothing is heard of it, in seconds.
AGAIN = 60.0
#: What of a plan has a column of its own.
_COLUMNS = {"kind", "database"}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules that a request is asked under."""

    #: every fact that must still hold, as canonical JSON
    bound: str
    needed: int
    approvers: frozenset[str]
    #: as Slack's markup
    approvers_shown: tuple[str, ...]
    decide_within: timedelta
    start_within: timedelta


def create(
    connection: Connection[Any], *, plan: Plan, requested_by: str, reason: str, channel: str, policy: Policy
) -> Request:
    """Record a request; raises `Refused` where another one of the database is open."""
    fields = {
        "id": new_id(),
        "kind": plan.kind,
        "database": plan.database,
        "requested_by": storable(requested_by),
        "reason": storable(reason),
        "plan": document({name: value for name, value in asdict(plan).items() if name not in _COLUMNS}),
        "bound": policy.bound,
        "digest": digest(policy.bound),
        "needed": policy.needed,
        "approvers": document(sorted(policy.approvers)),
        "approvers_shown": document(policy.approvers_shown),
        "channel": channel,
        "decide_within": policy.decide_within,
        "start_within": policy.start_within,
    }
    try:
        with connection.transaction():
            return _one(connection, "request_create", fields)
    except UniqueViolation:
        other = waiting(connection, plan.database)
        named = f": {other.id}, {other.plan.title}" if other else ""
        raise Refused(
            "already-requested",
            f"another request for {plan.database} is open{named}; nothing was asked",
            "decide that one first, or withdraw it: `/requests` shows it",
        ) from None


def load(connection: Connection[Any], request_id: str) -> Request:
    """Raises `NotFound`."""
    return _found(_maybe(connection, "request_load", {"id": request_id}), request_id)


def approvers_of(connection: Connection[Any], operation_id: str) -> tuple[str, ...]:
    """Who approved this operation; nobody where it needed nobody."""
    request = _maybe(connection, "request_load", {"id": operation_id})
    return request.approved_by if request else ()


def hold(connection: Connection[Any], request_id: str) -> Request:
    """The request, which nobody else decides until the transaction ends; raises `NotFound`."""
    return _found(_maybe(connection, "request_hold", {"id": request_id}), request_id)


def waiting(connection: Connection[Any], database: str) -> Request | None:
    """The open request of a database."""
    return _maybe(connection, "request_waiting", {"database": database})


def newest(connection: Connection[Any], kind: Kind, database: str) -> Request | None:
    """The newest of this kind, whatever became of it."""
    return _maybe(connection, "request_newest", {"kind": kind, "database": database})


def all_open(connection: Connection[Any]) -> list[Request]:
    """Every open request, the oldest first."""
    return _many(connection, "requests_open")


def remember_posted(connection: Connection[Any]) -> None:
    """Pin each request to the message that was posted for it first."""
    connection.execute(query("requests_posted"))


def unseeded(connection: Connection[Any]) -> list[Request]:
    """Posted requests below which the emoji to tap are missing."""
    return _many(connection, "requests_unseeded")


def seeded(connection: Connection[Any], request_id: str) -> None:
    connection.execute(query("request_seeded"), {"id": request_id})


def look(connection: Connection[Any], channel: str, ts: str) -> bool:
    """Slack is to be asked about the request of this message; False where there is none."""
    remember_posted(connection)
    found = connection.execute(query("request_look"), {"channel": channel, "ts": ts}).rowcount > 0
    if found:
        wake(connection)
    return found


def look_at_all(connection: Connection[Any]) -> None:
    """Slack is to be asked about every open request."""
    connection.execute(query("requests_look"))
    wake(connection)


def look_again(connection: Connection[Any], request_id: str) -> None:
    """Slack did not answer: it is asked about this request again."""
    connection.execute(query("request_look_again"), {"id": request_id})


def take_due(connection: Connection[Any]) -> str | None:
    """The id of the posted request that is to be looked at next; it comes again after a while."""
    row = connection.execute(query("request_take"), {"again": AGAIN}).fetchone()
    return row[0] if row else None


def overdue(connection: Connection[Any]) -> list[str]:
    """The ids of requests whose time is over."""
    return [row[0] for row in connection.execute(query("requests_overdue"))]


def left_behind(connection: Connection[Any]) -> list[tuple[str, str]]:
    """The ids of approved requests whose operation ended before it acted, with the operation's problem."""
    return [(row[0], row[1]) for row in connection.execute(query("requests_left_behind"))]


def undelivered(connection: Connection[Any]) -> list[tuple[str, str]]:
    """The ids of requests whose message cannot be posted, with the reason."""
    return [(row[0], row[1]) for row in connection.execute(query("requests_undelivered"))]


def remember_vetoes(connection: Connection[Any], request_id: str, users: Iterable[str]) -> Request:
    """These people's vetoes were read: they are final, taken back or not."""
    return _one(connection, "request_vetoes", {"id": request_id, "vetoes": document(sorted(users))})


def record_votes(
    connection: Connection[Any], request_id: str, approved_by: Sequence[str], uncounted: Sequence[Uncounted]
) -> Request:
    """How people voted when it was read last."""
    votes = {"approved_by": document(approved_by), "uncounted": document([asdict(one) for one in uncounted])}
    return _one(connection, "request_votes", {"id": request_id, **votes})


def remember_told(connection: Connection[Any], request_id: str, users: Sequence[str]) -> None:
    connection.execute(query("request_told"), {"id": request_id, "told": document(users)})


def note(connection: Connection[Any], request_id: str, lines: Sequence[str]) -> Request | None:
    """What the operation says while people decide; None where they did."""
    return _maybe(connection, "request_notes", {"id": request_id, "notes": document(lines)})


def approve(connection: Connection[Any], request_id: str) -> Request | None:
    """Enough people said yes; None where it was decided before, or its time is over."""
    return _maybe(connection, "request_approve", {"id": request_id})


def begin(connection: Connection[Any], request_id: str) -> Request | None:
    """The approved operation starts, or starts again; None where it may not."""
    return _maybe(connection, "request_begin", {"id": request_id})


def use(connection: Connection[Any], request_id: str) -> Request | None:
    """Use the approval up; None where that was done before, or it was stopped."""
    return _maybe(connection, "request_use", {"id": request_id})


def stop(
    connection: Connection[Any],
    request_id: str,
    state: State,
    *,
    denied_by: str | None = None,
    problem: str = "",
) -> Request | None:
    """It will never be carried out; None where it was used or stopped before."""
    values = {"id": request_id, "state": state, "denied_by": denied_by, "problem": storable(problem)}
    return _maybe(connection, "request_stop", values)


def void_used(connection: Connection[Any], request_id: str, problem: str) -> Request | None:
    """It was used up, and nothing came of it; None where it was not used."""
    return _maybe(connection, "request_void_used", {"id": request_id, "problem": storable(problem)})


def listen(connection: Connection[Any]) -> None:
    """Notifications arrive on this session as soon as a request is to be looked at."""
    connection.execute(query("requests_listen"))


def wake(connection: Connection[Any]) -> None:
    """Let whoever looks after requests do it now."""
    connection.execute(query("requests_wake"))


def _found(request: Request | None, request_id: str) -> Request:
    if request is None:
        raise NotFound(f"there is no request {request_id[:60]!r}", "`/requests` shows those that are open")
    return request


def _one(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Request:
    request = _maybe(connection, name, parameters)
    if request is None:
        raise RuntimeError(f"{name}.sql gave no request")
    return request


def _maybe(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Request | None:
    with connection.cursor(row_factory=kwargs_row(_request)) as cursor:
        return cursor.execute(query(name), parameters).fetchone()


def _many(connection: Connection[Any], name: str) -> list[Request]:
    with connection.cursor(row_factory=kwargs_row(_request)) as cursor:
        return cursor.execute(query(name)).fetchall()


def _request(
    *,
    kind: str,
    database: str,
    state: str,
    plan: dict[str, Any],
    approvers: list[str],
    approvers_shown: list[str],
    vetoes: list[str],
    approved_by: list[str],
    uncounted: list[dict[str, str]],
    told: list[str],
    notes: list[str],
    seeded: bool,
    start_within: timedelta,
    look_at: datetime | None,
    **fields: Any,
) -> Request:
    """A row as the rules know it; what only these statements need is left out."""
    del seeded, start_within, look_at
    lines, facts = tuple(tuple(paragraph) for paragraph in plan.pop("lines")), Facts(**plan.pop("facts"))
    return Request(
        plan=Plan(kind=Kind(kind), database=database, lines=lines, facts=facts, **plan),
        state=State(state),
        approvers=frozenset(approvers),
        approvers_shown=tuple(approvers_shown),
        vetoes=frozenset(vetoes),
        approved_by=tuple(approved_by),
        uncounted=tuple(
            Uncounted(user=one["user"], choice=Choice(one["choice"]), because=one["because"])
            for one in uncounted
        ),
        told=frozenset(told),
        notes=tuple(notes),
        **fields,
    )
