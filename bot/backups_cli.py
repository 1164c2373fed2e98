"""The catalogue from a terminal. Imports are inside, so that --help is quick."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.errors import Refused, UsageError
from bot.options import Config, Json, NoWait, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.operations.services import Services

_USAGE = "[DATABASE | show ID | rebuild | retention [lower] [DATABASE] | pin ID | unpin ID | delete ID]"


def backups(
    words: Annotated[list[str] | None, typer.Argument(metavar=_USAGE, show_default=False)] = None,
    reason: Annotated[str, typer.Option(help="Why: for what is pinned, deleted or lowered.")] = "",
    wait: Wait = None,
    no_wait: NoWait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List backups, newest first, or show one; say how long they are kept; or rebuild the catalogue.

    Deleting one before its time, and keeping fewer, takes a second person.
    """
    from bot import inline, requested
    from bot.operations import pinning

    with console.services(config, as_json) as services:
        limit = console.limit(wait, no_wait)
        match words or []:
            case ["show", backup_id]:
                _show(services, backup_id, as_json)
            case ["rebuild"]:
                _rebuild(services, as_json)
            case ["retention", "lower", *named]:
                name = inline.the_database(services.settings, next(iter(named), None))
                console.end(
                    requested.lower_retention(services, name, reason, limit, console.progress), as_json
                )
            case ["retention", *named]:
                _show_retention(
                    services, inline.the_database(services.settings, next(iter(named), None)), as_json
                )
            case ["pin", backup_id]:
                pinning.pin(services, backup_id, _why(reason), inline.login())
                _show(services, backup_id, as_json)
            case ["unpin", backup_id]:
                pinning.unpin(services, backup_id, inline.login())
                _show(services, backup_id, as_json)
            case ["delete", backup_id]:
                console.end(requested.delete(services, backup_id, reason, limit, console.progress), as_json)
            case [] | [_] as names:
                _list(services, names, as_json)
            case _:
                raise UsageError("this cannot be read", f"secondkey backups {_USAGE}")


def _why(reason: str) -> str:
    if not reason.strip():
        raise Refused("reason-missing", "a reason is needed: whoever unpins it reads it", "add --reason TEXT")
    return reason


def _show(services: "Services", backup_id: str, as_json: bool) -> None:
    from bot import terminal
    from bot.operations import catalogue

    found = catalogue.find(services, backup_id)
    console.show(as_json, terminal.backup_json(found), terminal.shown_lines(found))


def _list(services: "Services", names: "Sequence[str]", as_json: bool) -> None:
    from bot import terminal
    from bot.operations import catalogue, listing

    known = catalogue.known(services, *names)
    untrusted = catalogue.unlisted(services, known, *names)
    held = listing.held(services, *(names or services.settings.databases))
    console.show(
        as_json,
        terminal.catalogue_json(known, untrusted, held),
        terminal.catalogue_lines(known, untrusted, held),
    )


def _rebuild(services: "Services", as_json: bool) -> None:
    from bot import inline, terminal
    from bot.operations import catalogue, listing

    known, broken = catalogue.rebuild(services, inline.login())
    console.say(terminal.broken_lines(broken), sys.stderr)
    held = listing.held(services, *services.settings.databases)
    console.show(as_json, terminal.catalogue_json(known, (), held), terminal.catalogue_lines(known, (), held))
    raise typer.Exit(1 if broken else 0)


def _show_retention(services: "Services", database: str, as_json: bool) -> None:
    from bot.domain import retention
    from bot.operations import floors, retaining

    policy = floors.in_force(services, database)
    judged = retaining.look(services, database, policy) if policy else ()
    data = {
        "in_force": retention.as_json(policy) if policy else None,
        "backups": [{"id": each.backup.id, "stays": each.stays or None} for each in judged],
    }
    none = ["nothing is configured: no backup is ever deleted by itself"]
    lines = [f"{each.backup.id}  {each.stays or 'its time is over'}" for each in judged]
    console.show(as_json, data, [*(retention.in_words(policy) if policy else none), *lines])
