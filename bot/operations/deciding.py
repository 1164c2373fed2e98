"""What becomes of a request for a second person: decided by `domain.approval`, recorded once, and told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, assert_never

from psycopg import Connection

from bot.domain.approval import (
    Approved,
    Ballot,
    Decision,
    Denied,
    Expired,
    Outcome,
    Pending,
    Request,
    State,
    Void,
    decide,
)
from bot.domain.operation import Kind
from bot.domain.people import in_slack
from bot.operations import ballots, traffic
from bot.operations.posting import post
from bot.operations.services import Services
from bot.slack.views import approval as view
from bot.slack.views.traffic import reminding
from bot.store import audit, made, operations, requests
from bot.store.queries import only_row

#: What an approved request becomes, in the transaction of the decision; None where it may not any more.
Advance = Callable[[Connection[Any], str], Request | None]
T = TypeVar("T")
#: These bring data back.
_URGENT = frozenset({Kind.RESTORE, Kind.UNDO})
#: These can wait for them.
_HOUSEKEEPING = frozenset({
    Kind.EARLY_DROP, Kind.EARLY_DELETION, Kind.RETENTION_LOWERING, Kind.ACCEPT, Kind.TRAFFIC_START,
    Kind.OVERRIDE, Kind.THAW,
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Judged:
    request: Request
    #: enough people say yes at this moment
    approved: bool


def hint(services: Services, channel: str, ts: str) -> None:
    """Something happened below a message: where it is a request's, Slack is asked how people voted."""
    with services.store.transaction() as connection:
        requests.look(connection, channel, ts)


def hint_all(services: Services) -> None:
    """Something changed that any request may hang on."""
    with services.store.transaction() as connection:
        requests.look_at_all(connection)


def reconsider(services: Services, request_id: str) -> Request:
    """Ask Slack how people voted, and do what follows from it. Raises what kept Slack from answering."""
    with services.store.transaction() as connection:
        request = requests.load(connection, request_id)
    if request.state is State.USED:
        return _answer_late_vetoes(services, request)
    if not request.is_open:
        return request
    return judge(services, request_id, ballots.read(services, request)).request


def judge(services: Services, request_id: str, ballot: Ballot, advance: Advance | None = None) -> Judged:
    """Decide by this ballot; where it is approved and `advance` is given, that is done in the same moment."""
    with services.store.transaction() as connection:
        request = requests.hold(connection, request_id)
        if not request.is_open:
            return Judged(request=request, approved=False)
        decision = decide(request, ballot, _now(connection))
        request = _record_votes(connection, request, ballot, decision)
        request = _settle(services, connection, request, decision.outcome)
        approved = isinstance(decision.outcome, Approved) and request.is_open
        if approved and advance is not None:
            advanced = advance(connection, request_id)
            request, approved = advanced or request, advanced is not None
        return Judged(request=request, approved=approved)


def expire_overdue(services: Services) -> None:
    """Close and announce what nobody decided, or started, in time. Slack is not asked."""
    for request_id in _found(services, requests.overdue):
        with services.store.transaction() as connection:
            request = requests.hold(connection, request_id)
            if request.overdue(_now(connection)):
                stop(connection, request, State.EXPIRED)


def close_left_behind(services: Services) -> None:
    """Close what was approved, and whose operation ended before it changed anything."""
    for request_id, problem in _found(services, requests.left_behind):
        reason = f"its operation ended before it changed anything{f': {problem}' if problem else ''}"
        with services.store.transaction() as connection:
            stop(connection, requests.hold(connection, request_id), State.VOID, problem=reason, quietly=True)


def close_undelivered(services: Services) -> None:
    """Close what nobody can see: its message was refused for good."""
    for request_id, problem in _found(services, requests.undelivered):
        reason = f"its message could not be posted: {problem}"
        with services.store.transaction() as connection:
            stop(connection, requests.hold(connection, request_id), State.VOID, problem=reason)


def _found(services: Services, look: Callable[[Connection[Any]], list[T]]) -> list[T]:
    """Each is then closed in a transaction of its own: two that hold several wait for each other for ever."""
    with services.store.transaction() as connection:
        return look(connection)


def stop(
    connection: Connection[Any],
    request: Request,
    state: State,
    *,
    by: str | None = None,
    problem: str = "",
    quietly: bool = False,
) -> Request:
    """It will never be carried out. `quietly`: its message tells of the operation, and stays as it is."""
    stopped = requests.stop(connection, request.id, state, denied_by=by, problem=problem)
    if stopped is None:
        return requests.load(connection, request.id)
    if stopped.plan.kind is Kind.RESTORE:
        made.release_copies(connection, stopped.plan.database)
    _log_stopped(connection, stopped)
    if not quietly:
        show(connection, stopped)
        _tell_outcome(connection, stopped)
    return stopped


def void_used(connection: Connection[Any], request_id: str, problem: str) -> None:
    """What it was used for was put back, as it was not what was approved; nothing where it stopped before.

    Only whoever carries it out knows that.
    """
    voided = requests.void_used(connection, request_id, problem)
    if voided is not None:
        _log_stopped(connection, voided)
        show(connection, voided)
        _tell_outcome(connection, voided)


def give_way(connection: Connection[Any], database: str, to: Kind) -> None:
    """A restore does not wait for housekeeping: what nobody approved of that yet is withdrawn for it."""
    waiting = requests.waiting(connection, database)
    if to not in _URGENT or waiting is None or waiting.plan.kind not in _HOUSEKEEPING:
        return
    held = requests.hold(connection, waiting.id)
    if held.state is State.PENDING:
        stop(connection, held, State.VOID, problem=f"the {to} of this database was asked for")


def show(connection: Connection[Any], request: Request) -> None:
    """The request's one message, as it stands."""
    database = request.plan.database
    message = reminding(view.message(request), database, traffic.stopped(connection, database))
    post(connection, request.id, request.channel, message)


def _settle(services: Services, connection: Connection[Any], request: Request, outcome: Outcome) -> Request:
    match outcome:
        case Pending():
            return request
        case Approved():
            return _approve(services, connection, request)
        case Denied(by=by):
            return stop(connection, request, State.DENIED, by=by)
        case Void(reason=reason):
            return stop(connection, request, State.VOID, problem=reason)
        case Expired():
            return stop(connection, request, State.EXPIRED)
        case unknown:
            assert_never(unknown)


def _approve(services: Services, connection: Connection[Any], request: Request) -> Request:
    """Hand the operation over: at most once, because it has the request's own id."""
    if request.state is not State.PENDING:
        return request
    approved = requests.approve(connection, request.id)
    if approved is None:
        return request
    operation = operations.create_approved(
        connection,
        request.id,
        kind=request.plan.kind,
        database=request.plan.database,
        requested_by=request.requested_by,
        request={**request.plan.act, "channel": request.channel, "reason": request.reason},
    )
    services.defer(connection, operation)
    _log(connection, approved, "request.approved", "secondkey", by=list(approved.approved_by))
    show(connection, approved)
    _tell_outcome(connection, approved)
    return approved


def _record_votes(
    connection: Connection[Any], request: Request, ballot: Ballot, decision: Decision
) -> Request:
    """Log each vote that came or went, and tell once whose does not count."""
    before, after = _cast(request.approved_by, request), _cast(decision.approved_by, decision)
    if before == after:
        return request
    for user, choice, because in sorted(after - before):
        _log(
            connection,
            request,
            f"vote.{'refused' if because else choice}",
            user,
            choice=choice,
            because=because,
        )
    for user, choice, _because in sorted(before - after):
        if not any((user, choice) == other[:2] for other in after):
            _log(connection, request, "vote.withdrawn", user, choice=choice)
    request = requests.record_votes(connection, request.id, decision.approved_by, decision.uncounted)
    _tell_uncounted(connection, request, ballot)
    if request.state is State.PENDING:
        show(connection, request)
    return request


def _cast(approved_by: tuple[str, ...], of: Request | Decision) -> set[tuple[str, str, str]]:
    """Votes as (user, choice, why it does not count); vetoes that count end the request."""
    counted = {(user, "approve", "") for user in approved_by}
    return counted | {(vote.user, vote.choice.name.lower(), vote.because) for vote in of.uncounted}


def _tell_uncounted(connection: Connection[Any], request: Request, ballot: Ballot) -> None:
    reachable = {vote.person.id for vote in ballot.votes if vote.person.team_id and not vote.person.is_bot}
    told: list[str] = []
    for vote in request.uncounted:
        if vote.user in reachable - request.told - set(told):
            post(connection, f"{request.id}:vote:{vote.user}", vote.user, view.not_counted(request, vote))
            told.append(vote.user)
    if told:
        requests.remember_told(connection, request.id, told)


def _answer_late_vetoes(services: Services, request: Request) -> Request:
    """It was carried out already: who says no now is told so, once."""
    late = {f"late:{user}": user for user in ballots.vetoers(services.slack.afresh(), request)}
    with services.store.transaction() as connection:
        request = requests.hold(connection, request.id)
        new = sorted(late.keys() - request.told)
        for key in new:
            _log(connection, request, "vote.late", late[key], choice="deny")
            post(connection, f"{request.id}:{key}", late[key], view.too_late(request))
        requests.remember_told(connection, request.id, new)
    return request


def _tell_outcome(connection: Connection[Any], request: Request) -> None:
    """The outcome reaches whoever asked and whoever voted, too."""
    voters = {*request.approved_by, *([request.denied_by] if request.denied_by else [])}
    for user in sorted({request.requested_by, *voters}):
        if in_slack(user):
            key = f"{request.id}:{request.state.value}:{user}"
            post(connection, key, user, view.outcome(request))


def _log_stopped(connection: Connection[Any], request: Request) -> None:
    actor = request.denied_by or "secondkey"
    _log(connection, request, f"request.{request.state.value}", actor, problem=request.problem)


def _log(connection: Connection[Any], request: Request, action: str, actor: str, **detail: Any) -> None:
    audit.append(
        connection,
        actor=actor,
        action=action,
        subject=request.plan.database,
        detail={"request": request.id, "digest": request.digest, **detail},
    )


def _now(connection: Connection[Any]) -> datetime:
    moment: datetime = only_row(connection, "now")[0]
    return moment
