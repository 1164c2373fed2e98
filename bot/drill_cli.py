"""Drills from a terminal. Imports are inside, so that --help is quick."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot import console, wording
from bot.errors import UsageError
from bot.options import Config, Json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.drill import Drill


def drill(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DATABASE] [ID] | list [DATABASE] | status [DATABASE]", show_default=False),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Restore the newest backup and an older one, or this one, to see whether they do, and in what time.

    Ends with 1 where one was not restored.
    """
    from bot import inline
    from bot.domain import grammar
    from bot.operations import drilled

    with console.services(config, as_json) as services:
        names = list(services.settings.databases)
        match grammar.parse_drill(" ".join(words or []), names):
            case grammar.Drill(database=database, id=backup_id):
                held = inline.drill(services, database, backup_id, console.progress)
                console.show(as_json, drilled.to_result(held), list(map(_line, held)))
                raise typer.Exit(0 if all(each.ok for each in held) else 1)
            case grammar.DrillList(database=database):
                named = [database] if database else names
                _show({name: drilled.newest(services, name) for name in named}, as_json)
            case grammar.DrillStatus(database=database):
                named = [database] if database else names
                _show({name: drilled.newest(services, name)[:1] for name in named}, as_json)
            case grammar.Help():
                raise UsageError("name what to drill", "secondkey drill [DATABASE] [ID] | list | status")


def _show(found: "Mapping[str, Sequence[Drill]]", as_json: bool) -> None:
    from bot.operations import drilled

    lines = [f"{name}: {line}" for name, held in found.items() for line in map(_line, held)]
    console.show(
        as_json,
        {name: drilled.to_result(held) for name, held in found.items()},
        lines or ["no drill yet: secondkey drill"],
    )


def _line(held: "Drill") -> str:
    """One drill, with all that a plan needs of it."""
    restored = f"restored in {wording.duration(held.seconds)}" if held.seconds is not None else held.problem
    age = f"{wording.duration(held.age)} old then"
    return f"{wording.moment(held.at)}  {held.backup_id}  {wording.size(held.bytes)}, {age}: {restored}"
