"""The way back from a restore that did not come to its end: every state that it may leave is a safe one."""

from typing import Any

import psycopg
import structlog

from bot.domain.findings import Outcome
from bot.domain.judgement import judge
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.operations import traffic
from bot.operations.acting import Act
from bot.operations.attempt import Interrupted
from bot.operations.observing import Reading, compare, read
from bot.operations.restored import finish_interrupted
from bot.postgres.fence import lift
from bot.postgres.lease import Lease, LeaseLost
from bot.postgres.stage import Stage, probe
from bot.postgres.unreachable import Unreachable
from bot.programs import Stopped
from bot.store.database import Away

log = structlog.get_logger()

#: Between two attempts to reach the server, in seconds.
AGAIN = 2.0


class StillFenced(SecondkeyError):
    """The fence could not be lifted: whoever began is not done before it is."""


def settle(act: Act) -> None:
    """Bring what an attempt began to a safe end: forwards where it had swapped, else backwards.

    A server that does not answer is waited for: a fence outlives a crash, and somebody has to lift it. Raises
    `CommandFailed` where it went backwards, and `Away` where Secondkey is stopping: the next one settles it.
    """
    while True:
        try:
            _settle(act)
        except (Unreachable, LeaseLost, StillFenced) as away:
            log.warning(
                "an unfinished restore waits for the server", operation=act.operation.id, reason=away.reason
            )
        else:
            return
        if act.attempt.should_stop():
            raise Away(f"{act.operation.id} is left to be settled")
        act.attempt.ghost.wait(AGAIN)


def _settle(act: Act) -> None:
    with act.lease() as lease:
        found = probe(lease.connection, act.names, act.journal.facts.get("candidate_oid"))
        if found.stage is not Stage.SWAPPED:
            raise put_back(act, lease, None)
        finish_interrupted(act, lease)


def put_back(act: Act, lease: Lease, failure: BaseException | None) -> SecondkeyError:
    """Lift the fence and put traffic back; returns what went wrong, with the state that everything is in.

    `failure` is None where an earlier attempt was cut off, and nobody knows by what. Raises `StillFenced`.
    """
    _lift(act, lease)
    state = f"the database {act.names.live} is as it was{_open(act)}; {_traffic_back(act)}"
    again = f"`{act.request.plan.again}` asks again, with fresh facts"
    match failure:
        case None:
            return CommandFailed(f"it was cut off before the swap; {state}", again)
        case Stopped():
            return Interrupted(f"Secondkey is stopping, and nothing was swapped; {state}", again)
        case Refused(code="approval-void"):
            return Refused("approval-void", f"{failure.reason}; {state}", again)
        case SecondkeyError():
            return CommandFailed(f"{failure.reason}; {state}", f"{failure.hint}\n{again}".strip())
        case _:
            log.error("a restore ended before the swap", operation=act.operation.id, exc_info=failure)
            return CommandFailed(f"a fault of Secondkey stopped it before the swap; {state}", again)


def _lift(act: Act, lease: Lease) -> None:
    try:
        lift(lease, [act.names.candidate] if _was_closed(act) else [act.names.live, act.names.candidate])
    except SecondkeyError as failed:
        raise StillFenced(failed.reason, failed.hint) from failed
    except psycopg.Error as failed:
        raise StillFenced("the session that may lift the fence was cut") from failed


def _was_closed(act: Act) -> bool:
    """`/traffic stop` had put the fence up before: it stays."""
    return bool(act.journal.facts.get("found_closed", False))


def _open(act: Act) -> str:
    return "" if _was_closed(act) else ", and open"


def _traffic_back(act: Act) -> str:
    """In words, what became of traffic: it is never started on a database whose verdict is block."""
    facts: dict[str, Any] = act.journal.facts
    if _was_closed(act):
        return "the fence was up before, and stays so"
    if not act.services.database(act.database).traffic.start:
        return "traffic was not stopped by any command"
    if "found_stopped" not in facts:
        return "traffic was not touched"
    if facts["found_stopped"]:
        return "traffic was stopped before, and stays so"
    if blocked := _blocked(act):
        return f"traffic stays stopped, because {blocked}"
    try:
        return f"traffic was started again: {traffic.start(act.services, act.database, act.by)}"
    except CommandFailed as failed:
        return f"traffic could not be started again: {failed.reason}"


def _blocked(act: Act) -> str:
    """Why traffic may not be started; empty where it may."""
    try:
        state = read(act.services, act.database, Reading(purpose=act.attempt.purpose))
    except SecondkeyError as failed:
        return f"the database could not be looked at: {failed.reason}"
    verdict = judge(compare(act.services, act.database, state))
    codes = ", ".join(code.value for code in verdict.codes()[:3])
    return f"its verdict is block ({codes})" if verdict.outcome is Outcome.BLOCK else ""
