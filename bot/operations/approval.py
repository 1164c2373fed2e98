"""A second person is asked, and the answer holds when it counts.

Asking, withdrawing, and the one gate that an approved operation passes twice: when it starts and right
before it acts. Rules: docs/approvals.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never

from psycopg import Connection

from bot.config import Database
from bot.domain import binding
from bot.domain.approval import Ballot, Choice, Plan, Request, State, Vote, approvals_needed, distinct
from bot.domain.binding import Facts, Terms
from bot.domain.operation import Progress
from bot.domain.people import Person, in_slack, ineligible
from bot.errors import CommandFailed, NotFound, Refused
from bot.operations import ballots, people
from bot.operations.deciding import Advance, give_way, judge, show, stop
from bot.operations.patience import until_answered
from bot.operations.services import Services
from bot.slack.directory import Channel, Directory, Named
from bot.store import audit, operations, requests

#: How long right before the act a Slack that does not answer is waited for: traffic may be stopped by then.
BEFORE_THE_ACT = timedelta(seconds=10)
#: What came of a request whose approval is used up; until its operation ends it is being carried out.
_BECAME = {Progress.DONE: "was carried out", Progress.FAILED: "was begun, and failed"}


def ask(
    services: Services,
    plan: Plan,
    by: str,
    reason: str,
    also: Callable[[Connection[Any], Request], object] = lambda _connection, _request: None,
) -> Request:
    """Put a plan before people; `also` is done in the transaction that records the request.

    Raises `Refused` where nobody could ever approve it, or it may not be asked; nothing was recorded then.
    """
    if not reason.strip():
        raise Refused("reason-missing", "a reason is needed: people decide by it", f"`{plan.again}`")
    services = replace(services, directory=services.slack.afresh())
    database = services.database(plan.database)
    requester = people.refuse_unless_requester(services, by, plan.database) if in_slack(by) else None
    channel = _channel(services.slack, database.channel)
    policy = _policy(services, plan, database, requester)
    with services.store.transaction() as connection:
        give_way(connection, plan.database, plan.kind)
        request = requests.create(
            connection, plan=plan, requested_by=by, reason=reason, channel=channel.id, policy=policy
        )
        audit.append(
            connection,
            actor=by,
            action="request.asked",
            subject=plan.database,
            detail={"request": request.id, "digest": request.digest, "kind": plan.kind, "reason": reason},
        )
        show(connection, request)
        also(connection, request)
        requests.wake(connection)
    return request


def confirm(
    services: Services, request_id: str, facts: Facts, should_stop: Callable[[], bool] = lambda: False
) -> Request:
    """The operation starts: votes, people, groups, message and facts are as they were approved.

    `facts` were gathered just now. May be repeated until it is used. Raises `Refused`, and `CommandFailed`
    where Slack did not answer; nothing was changed then, and why is recorded and shown.
    """
    request = load(services, request_id)
    patience = services.database(request.plan.database).approval.start_within
    return _pass(services, request, facts, should_stop, patience, requests.begin)


def use_up(
    services: Services, request_id: str, facts: Facts, should_stop: Callable[[], bool] = lambda: False
) -> Request:
    """The same gate right before the operation acts: once, and from here on a veto is too late."""
    request = load(services, request_id)
    return _pass(services, request, facts, should_stop, BEFORE_THE_ACT, requests.use)


def differences(services: Services, request: Request, facts: Facts) -> tuple[str, ...]:
    """In words, what is not as it was approved: nothing where all is. Asks nobody."""
    database = services.database(request.plan.database)
    return binding.differences(request.bound, _terms(services, request.plan, database), facts)


def withdraw(services: Services, request_id: str, by: str) -> Request:
    """A veto by command: of whoever asked, of an approver, or of whoever runs the bot.

    Raises `Refused` where they may not, where it is too late, and where it has ended.
    """
    request = _not_over(services, load(services, request_id))
    if by == request.requested_by or not in_slack(by):
        with services.store.transaction() as connection:
            request = stop(connection, requests.hold(connection, request_id), State.DENIED, by=by)
    else:
        ballot = ballots.read(services, request)
        veto = Vote(choice=Choice.DENY, person=ballots.person(services.slack.afresh(), by))
        request = judge(services, request_id, _with(services, request, ballot, veto)).request
    if request.state is not State.DENIED:
        _not_over(services, request)
        raise Refused(
            "not-allowed",
            "only whoever asked and the approvers may withdraw it; it is open as before",
            f"they are asked in #{services.slack.channel(request.channel).name}",
        )
    return request


def load(services: Services, request_id: str) -> Request:
    """Raises `NotFound`."""
    with services.store.transaction() as connection:
        return requests.load(connection, request_id)


def found(services: Services, request_id: str) -> Request | None:
    """None where nobody was asked by this id."""
    try:
        return load(services, request_id)
    except NotFound:
        return None


def waiting(services: Services, database: str) -> Request | None:
    """The open request of a database."""
    with services.store.transaction() as connection:
        return requests.waiting(connection, database)


def note(connection: Connection[Any], request_id: str, lines: Sequence[str]) -> None:
    """Show what the operation says while people decide, as Slack's markup; nothing once they did."""
    request = requests.note(connection, request_id, lines)
    if request is not None:
        show(connection, request)


def _pass(
    services: Services,
    request: Request,
    facts: Facts,
    should_stop: Callable[[], bool],
    patience: timedelta,
    advance: Advance,
) -> Request:
    ballot = _patiently(services, approved(request), should_stop, patience)
    if changed := differences(services, request, facts):
        ballot = replace(ballot, unfit=f"what would be done is not what was approved: {'; '.join(changed)}")
    judged = judge(services, request.id, ballot, advance)
    if judged.approved:
        return judged.request
    approved(judged.request)
    raise CommandFailed(
        "Slack did not name everybody who reacted, so that the votes could not be counted again; "
        "nothing was changed",
        "ask again",
    )


def approved(request: Request) -> Request:
    """The same request; raises `Refused` for a request that is not approved, or not any more."""
    nothing, again = "nothing was changed", f"`{request.plan.again}` asks again, with fresh facts"
    match request.state:
        case State.APPROVED | State.BEGUN:
            return request
        case State.PENDING:
            raise Refused("second-key-needed", f"nobody approved {request.id} yet; {nothing}")
        case State.USED:
            raise Refused(
                "approval-used",
                f"the approval {request.id} was used already, by an attempt that was cut off; {nothing} now",
                again,
            )
        case State.DENIED:
            raise Refused("approval-denied", f"{request.id} was denied or withdrawn; {nothing}", again)
        case State.VOID:
            raise Refused("approval-void", f"the approval is void: {request.problem}; {nothing}", again)
        case State.EXPIRED:
            raise Refused("approval-expired", f"the approval expired; {nothing}", again)
        case unknown:
            assert_never(unknown)


def _not_over(services: Services, request: Request) -> Request:
    """The same request; raises `Refused` where there is nothing left to withdraw."""
    nothing = f"{request.id}, {request.plan.title}: there is nothing to withdraw"
    match request.state:
        case State.PENDING | State.APPROVED | State.BEGUN:
            return request
        case State.USED:
            raise _too_late(services, request)
        case State.DENIED:
            raise Refused("approval-denied", f"it was denied or withdrawn already, {nothing}")
        case State.VOID:
            raise Refused("approval-void", f"it is void already, {request.problem}; {nothing}")
        case State.EXPIRED:
            raise Refused("approval-expired", f"it expired already, {nothing}")
        case unknown:
            assert_never(unknown)


def _too_late(services: Services, request: Request) -> Refused:
    with services.store.transaction() as connection:
        progress = operations.load(connection, request.id).progress
    became, back = _BECAME.get(progress, "is being carried out"), request.plan.undo
    return Refused(
        "approval-used",
        f"{request.id}, {request.plan.title}, {became}: it is too late to withdraw it",
        f"to take it back: `{back}`" if back and progress is Progress.DONE else "",
    )


def _patiently(
    services: Services, request: Request, should_stop: Callable[[], bool], patience: timedelta
) -> Ballot:
    """The votes as they are now; a Slack that does not answer is waited for, never assumed to say yes."""
    return until_answered(
        lambda: ballots.read(services, request),
        should_stop,
        patience=patience,
        nothing="the votes could not be read again, and nothing was changed",
    )


def _with(services: Services, request: Request, ballot: Ballot, veto: Vote) -> Ballot:
    """The ballot with one veto more, and the approvers that it is judged by."""
    database = services.database(request.plan.database)
    named = services.slack.afresh().named(database.approvers)
    votes = (*ballot.votes, veto)
    return replace(ballot, votes=votes, approvers=named.ids, unreadable=named.problems)


def _channel(directory: Directory, name: str) -> Channel:
    channel = directory.channel(name)
    if channel.problem:
        raise Refused(
            "channel-unfit",
            f"#{channel.name} {channel.problem}: people cannot decide there; nothing was asked",
            "name another channel for this database, or mend that one: /invite @Secondkey",
        )
    return channel


def _policy(services: Services, plan: Plan, database: Database, requester: Person | None) -> requests.Policy:
    needed = approvals_needed(database.approvals, requester.id if requester else "")
    named = services.slack.named(database.approvers)
    _refuse_too_few(services.slack, database, named, requester, needed)
    return requests.Policy(
        bound=binding.bind(_terms(services, plan, database), plan.facts, database.approval.margin),
        needed=needed,
        approvers=named.ids,
        approvers_shown=named.shown,
        decide_within=database.approval.decide_within,
        start_within=database.approval.start_within,
    )


def _terms(services: Services, plan: Plan, database: Database) -> Terms:
    return Terms(
        action=plan.kind.value,
        database=plan.database,
        team=services.slack.team_id,
        approvals=database.approvals,
        approvers=database.approvers,
        channel=database.channel,
    )


def _refuse_too_few(
    directory: Directory, database: Database, named: Named, requester: Person | None, needed: int
) -> None:
    """Rule 2. Looks for people until there are enough: each of them is one question to Slack."""
    found: list[Person] = []
    for user in sorted(named.ids):
        if len(found) >= needed:
            return
        found = distinct(_eligible(directory, [*found, ballots.person(directory, user)]), requester)
    if len(found) >= needed:
        return
    besides = " besides whoever asks" if requester else ""
    problems = f" ({'; '.join(named.problems)})" if named.problems else ""
    raise Refused(
        "too-few-approvers",
        f"{needed} must approve{besides}, and {len(found)} could{problems}; nothing was asked",
        f"add a full member of this workspace to {', '.join(database.approvers)}, or name one in `approvers`",
    )


def _eligible(directory: Directory, found: Sequence[Person]) -> list[Person]:
    return [person for person in found if ineligible(person, team_id=directory.team_id) is None]
