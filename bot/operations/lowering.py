"""An accept that lowers what is protected: a second person is asked, and the answer holds when it counts."""

from collections.abc import Sequence

from bot import wording
from bot.domain.accepting import Lowered, facts, lowered
from bot.domain.approval import Plan, Request
from bot.domain.backup import Backup
from bot.domain.binding import Facts
from bot.domain.operation import Kind
from bot.domain.state import Baseline, State
from bot.errors import Refused
from bot.operations import approval
from bot.operations.attempt import Attempt, show
from bot.operations.catalogue import unfinished
from bot.operations.proposing import propose
from bot.operations.services import Services
from bot.repository.folder import Broken
from bot.slack.views import accepting as view
from bot.store import operations

_TAKES_TWO = "accepting this would lower what is protected, and a second person must approve that"


def compared(
    services: Services, name: str, before: Baseline | None, state: State, known: Sequence[Backup | Broken]
) -> Lowered:
    """What accepting would lower. What the repository holds decides, not what the catalogue knows: that is
    lost with the baseline."""
    return lowered(
        before,
        state,
        [backup for backup in known if isinstance(backup, Backup)],
        services.database(name).rules,
        [entry.id for entry in known if isinstance(entry, Broken) and not unfinished(entry)],
    )


def ask(attempt: Attempt, found: Lowered, state: State) -> Request:
    """Put it before people; raises as `propose` does, and `Refused` where a reason or Slack is missing."""
    _refuse_unaskable(attempt, found)
    services, name = attempt.services, attempt.operation.database
    return propose(
        attempt,
        Plan(
            kind=Kind.ACCEPT,
            database=name,
            title=f"Accept requested · {name} ({services.database(name).environment})",
            lines=view.plan_lines(found, state),
            facts=bound(services, name, found, state),
            act={},
            again=_again(name),
            undo=_again(name),
        ),
    )


def asked(attempt: Attempt, request: Request) -> None:
    """The operation ends with its question."""
    with attempt.ending() as connection:
        operations.finish(connection, attempt.operation.id, attempt.token, {"request": request.id})
        show(connection, attempt.operation, view.asked(attempt.operation, request))


def use_up(attempt: Attempt, request: Request, found: Lowered, state: State) -> Request:
    """The approval, which is good for this one time; raises `Refused` where it does not hold."""
    known = bound(attempt.services, attempt.operation.database, found, state)
    approval.confirm(attempt.services, request.id, known, attempt.should_stop)
    return approval.use_up(attempt.services, request.id, known, attempt.should_stop)


def refuse_moved(
    services: Services, name: str, request: Request | None, found: Lowered, state: State
) -> None:
    """Raise `Refused` where more would be lowered by now than one person may, or two approved."""
    if request is None:
        more: Sequence[str] = found.words
    else:
        more = approval.differences(services, request, bound(services, name, found, state))
    if more:
        raise Refused(
            "second-key-needed",
            f"the baseline was moved meanwhile, and {_TAKES_TWO}: {wording.listed(list(more))}; "
            "what was pinned stays",
            f"`{_again(name)}` asks, with fresh facts",
        )


def bound(services: Services, name: str, found: Lowered, state: State) -> Facts:
    return facts(found, state, services.database(name).rules)


def _refuse_unaskable(attempt: Attempt, found: Lowered) -> None:
    operation = attempt.operation
    told, again = f"{_TAKES_TWO}: {wording.listed(found.words)}", f"`{_again(operation.database)}`"
    if not operation.request["reason"]:
        raise Refused(
            "reason-missing",
            f"{told}; nothing was asked, for people decide by a reason",
            f"{again}; it takes a running bot",
        )
    if attempt.services.directory is None:
        raise Refused(
            "second-key-needed",
            f"{told}; nothing was asked",
            f"ask in Slack: {again}; or here, while the bot runs",
        )


def _again(database: str) -> str:
    return f"/verify accept {database} REASON"
