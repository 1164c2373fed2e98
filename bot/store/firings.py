"""Records of what was due: since when it is known, what was acted on, and what that began."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.scheduling.run import Begun, Run
from bot.store.documents import storable
from bot.store.queries import query


def know(connection: Connection[Any], name: str, times: str) -> None:
    """A schedule is due at these times; what was due before they were known was not missed."""
    connection.execute(query("schedule_known"), {"name": name, "times": times})


def forget_all_but(connection: Connection[Any], names: Collection[str]) -> None:
    """Others are switched off."""
    connection.execute(query("schedules_forget"), {"names": list(names)})


def since(connection: Connection[Any], name: str) -> datetime | None:
    """Since when it is due at its times; None where no bot has started with it yet."""
    return _moment(connection, "schedule_since", name)


def acted_until(connection: Connection[Any], name: str) -> datetime | None:
    """After which time nobody acted on what was due; None likewise."""
    return _moment(connection, "schedule_acted_until", name)


def take(
    connection: Connection[Any], name: str, due: datetime, *, made_up: bool = False, skipped: int = 0
) -> bool:
    """Whether it is for the caller to act on this time; False where somebody did."""
    parameters = {"schedule": name, "at": due, "made_up": made_up, "skipped": skipped}
    return connection.execute(query("firing_record"), parameters).fetchone() is not None


def begun(connection: Connection[Any], name: str, due: datetime, what: Begun) -> None:
    """Record what came of acting on this time."""
    texts = {"problem": storable(what.problem), "hint": storable(what.hint)}
    parameters = {**asdict(what), **texts, "schedule": name, "at": due}
    connection.execute(query("firing_begun"), parameters)


def take_again(connection: Connection[Any], name: str, due: datetime, failed: str) -> bool:
    """Whether it is for the caller to begin anew what failed, an operation's id; False where somebody did."""
    parameters = {"schedule": name, "at": due, "failed": failed}
    return connection.execute(query("firing_again"), parameters).fetchone() is not None


def newest(connection: Connection[Any], name: str, limit: int) -> list[Run]:
    """The last times that somebody acted on, the newest first."""
    rows = connection.execute(query("firings_newest"), {"schedule": name, "limit": limit})
    return [_run(*row) for row in rows]


def _run(due: datetime, at: datetime, made_up: bool, skipped: int, again: int, *begun: Any) -> Run:
    operation, joined, problem, hint = begun
    return Run(
        due=due,
        at=at,
        made_up=made_up,
        skipped=skipped,
        again=again,
        begun=Begun(operation=operation, joined=joined, problem=problem, hint=hint),
    )


def _moment(connection: Connection[Any], name: str, schedule: str) -> datetime | None:
    row: tuple[datetime] | None = connection.execute(query(name), {"name": schedule}).fetchone()
    return row[0] if row else None
