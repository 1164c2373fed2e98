"""What a script is told of a request that has ended, by each way it may end: exit codes and reasons."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot import requested
from bot.domain.approval import Request, State
from bot.domain.operation import Progress
from bot.endings import exit_code
from bot.errors import Refused
from bot.operations import approval
from bot.operations.services import Services
from bot.store import operations
from tests.domain.ballots import JONAS, MARA, PRIYA, plan
from tests.e2e.terminal import Finished, secondkey
from tests.operations.conftest import Place
from tests.operations.workspace_stand_in import Workspace
from tests.servers import Database


@dataclass(frozen=True, kw_only=True)
class End:
    """How a request ended, and what `request wait` and `request withdraw` make of it."""

    state: State
    progress: Progress | None = None
    wait: int
    error: str = ""
    withdraw: str = ""
    said: str = ""


ENDS = {
    "carried out": End(
        state=State.USED, progress=Progress.DONE, wait=0, withdraw="approval-used", said="was carried out"
    ),
    "failed": End(
        state=State.USED,
        progress=Progress.FAILED,
        wait=1,
        error="failed",
        withdraw="approval-used",
        said="was begun, and failed",
    ),
    "denied": End(
        state=State.DENIED,
        wait=4,
        error="approval-denied",
        withdraw="approval-denied",
        said="it was denied or withdrawn already",
    ),
    "expired": End(
        state=State.EXPIRED,
        wait=4,
        error="approval-expired",
        withdraw="approval-expired",
        said="it expired already",
    ),
    "void": End(
        state=State.VOID,
        wait=4,
        error="approval-void",
        withdraw="approval-void",
        said="it is void already, its message was deleted",
    ),
}


@pytest.fixture
def ask(services: Services) -> Callable[[], Request]:
    workspace = Workspace(MARA, JONAS, PRIYA)
    workspace.approvers = {MARA, JONAS}
    connected = replace(services, directory=workspace)  # type: ignore[arg-type]
    return lambda: approval.ask(connected, plan(undo="/restore undo ledger REASON"), PRIYA, "it is empty")


@pytest.fixture
def run(place: Place, state: Database) -> Callable[..., Finished]:
    config: Path = place.settings(state)
    return lambda *words: secondkey("request", *words, "--json", config=config)


def ends(services: Services, request: Request, end: End) -> None:
    with services.store.transaction() as connection:
        connection.execute(
            "UPDATE requests SET state = %s, problem = 'its message was deleted' WHERE id = %s",
            [end.state, request.id],
        )
        if end.progress is not None:
            operations.create_approved(
                connection,
                request.id,
                kind=request.plan.kind,
                database="ledger",
                requested_by=PRIYA,
                request={},
            )
            connection.execute(
                "UPDATE operations SET progress = %s, problem = 'no room' WHERE id = %s",
                [end.progress, request.id],
            )


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_each_end_has_its_exit_code_and_leaves_nothing_to_withdraw(
    services: Services, ask: Callable[[], Request], run: Callable[..., Finished], end: End
) -> None:
    request = ask()
    ends(services, request, end)
    waited = run("wait", request.id)
    assert (waited.code, waited.data.get("error", "")) == (end.wait, end.error)
    with pytest.raises(Refused, match=end.said) as refused:
        requested.withdraw(services, request.id)
    assert (exit_code(refused.value), refused.value.code) == (4, end.withdraw)
    undo = "/restore undo ledger" in refused.value.hint
    assert undo == (end.progress is Progress.DONE)
    assert approval.load(services, request.id).state is end.state


def test_whoever_waits_no_longer_leaves_it_open_and_can_withdraw_it(
    ask: Callable[[], Request], run: Callable[..., Finished]
) -> None:
    request = ask()
    waited = run("wait", request.id, "--wait", "1s")
    assert (waited.code, waited.data["state"]) == (5, "pending")
    withdrawn = run("withdraw", request.id)
    assert (withdrawn.code, withdrawn.data["state"]) == (0, "denied")


def test_what_is_being_carried_out_cannot_be_withdrawn(
    services: Services, ask: Callable[[], Request]
) -> None:
    request = ask()
    ends(services, request, End(state=State.USED, progress=Progress.RUNNING, wait=5))
    with pytest.raises(Refused, match="is being carried out: it is too late to withdraw it") as refused:
        approval.withdraw(services, request.id, "cli:root")
    assert refused.value.hint == ""
