"""A plan that an operation puts before people: once, however often the operation is begun."""

from datetime import timedelta

from bot.domain.approval import Plan, Request
from bot.operations import approval
from bot.operations.attempt import Attempt
from bot.operations.patience import until_answered
from bot.store import operations

#: How long asking waits for Slack.
PATIENCE = timedelta(minutes=10)


def proposed(attempt: Attempt) -> Request | None:
    """The request that an earlier attempt posted."""
    asked = attempt.operation.result.get("request")
    return approval.load(attempt.services, asked) if asked else None


def propose(attempt: Attempt, plan: Plan) -> Request:
    """Ask, for whoever asked for the operation; that it was asked is recorded in the same moment.

    Raises as `approval.ask` does, `Stopped`, and `CommandFailed` where Slack does not answer.
    """
    operation = attempt.operation
    return until_answered(
        lambda: approval.ask(
            attempt.services,
            plan,
            operation.requested_by,
            operation.request["reason"],
            also=lambda connection, request: operations.note(
                connection, operation.id, attempt.token, {"request": request.id}
            ),
        ),
        attempt.should_stop,
        patience=PATIENCE,
        nothing="nothing was asked",
    )
