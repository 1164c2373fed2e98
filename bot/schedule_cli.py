"""Schedules from a terminal. Imports are inside, so that --help is quick."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import console
from bot.options import Config, Json

if TYPE_CHECKING:
    from bot.domain.scheduling.standing import Standing


def schedule(
    database: Annotated[str | None, typer.Argument(metavar="[DATABASE]", show_default=False)] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show what ran last and how it ended, what comes next, and what was missed and made up for.

    Ends with 1 where something that was due did not come to be.
    """
    from bot.operations.scheduling import standing
    from bot.slack.blocks import plain
    from bot.slack.views import schedule as view

    with console.services(config, as_json) as services:
        found, _now = standing.look(services, [database] if database else list(services.settings.databases))
    lines = [line for one in found for line in (f"{one.name}:", *plain("\n".join(view.lines(one))))]
    console.show(as_json, list(map(_as_json, found)), lines or ["nothing is scheduled"])
    raise typer.Exit(1 if any(map(view.is_wrong, found)) else 0)


def _as_json(one: "Standing") -> dict[str, Any]:
    return {
        "name": one.name,
        "database": one.database,
        "kind": one.kind.value,
        "times": one.times,
        "next": one.next.isoformat(),
        "missed": one.missed.isoformat() if one.missed else None,
        "last": _last_json(one),
        "made_up_for": [run.due.isoformat() for run in one.runs if run.made_up],
    }


def _last_json(one: "Standing") -> dict[str, Any] | None:
    run, operation = one.last, one.operation
    if run is None:
        return None
    return {
        "due": run.due.isoformat(),
        "at": run.at.isoformat(),
        "made_up": run.made_up,
        "begun_again": run.again,
        "begins_again": one.again.isoformat() if one.again else None,
        "operation": run.begun.operation or None,
        "progress": operation.progress.value if operation else None,
        "problem": operation.problem if operation else run.begun.problem,
    }
