"""Incidents from a terminal. Imports are inside, so that --help is quick."""

import secrets
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import console
from bot.errors import UsageError
from bot.options import Config, Json

if TYPE_CHECKING:
    from bot.domain.incidents.incident import Incident
    from bot.operations.services import Services

#: What `secondkey incident` can be told.
_ACTS = "open | status | note | update | close | list | report"


def incident(
    words: Annotated[
        list[str] | None, typer.Argument(metavar=f"[{_ACTS}] [DATABASE] [TEXT]", show_default=False)
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Open an incident, show how it stands, add to it, close it, or print its report.

    A running bot makes its channel, and tells people. `report` takes the incident's id.
    """
    from bot import requested
    from bot.domain.incidents import grammar
    from bot.inline import login
    from bot.operations.incidents import opening, talking

    with console.services(config, as_json) as services:
        if words is not None and words[:1] == ["report"]:
            _print_report(services, words[1:], as_json)
            return
        key = f"terminal:{secrets.token_hex(6)}"
        match grammar.parse(" ".join(words or []), list(services.settings.databases)):
            case grammar.OpenIncident(database=database, what=what):
                opening.by_person(services, database, what, login())
                _show(services, database, as_json)
            case grammar.IncidentStatus(database=database):
                _show(services, database, as_json)
            case grammar.Note(database=database, text=text):
                talking.note(services, talking.the_open(services, database), text, login(), key)
                _show(services, database, as_json)
            case grammar.Update(database=database, text=text):
                talking.update(services, talking.the_open(services, database), text, login(), key)
                _show(services, database, as_json)
            case grammar.CloseIncident(database=database, reason=reason, anyway=anyway):
                closed = requested.close_incident(services, database, reason, console.progress, anyway=anyway)
                console.show(as_json, _as_json(closed), _in_list([closed]))
            case grammar.ListIncidents():
                found = talking.newest(services, list(services.settings.databases))
                console.show(as_json, list(map(_as_json, found)), _in_list(found) or ["no incidents yet"])
            case _:
                raise UsageError(
                    "roles and drafts are given in Slack, where people are; a terminal does the rest",
                    f"secondkey incident [{_ACTS}]",
                )


def _show(services: "Services", database: str, as_json: bool) -> None:
    from bot.operations.incidents import talking
    from bot.slack.blocks import in_lines

    found = talking.the_open(services, database)
    console.show(as_json, _as_json(found), in_lines(talking.status(services, found)))


def _print_report(services: "Services", words: list[str], as_json: bool) -> None:
    from bot.operations.incidents import reporting

    if len(words) != 1:
        raise UsageError(
            "name the incident", "secondkey incident report ID; secondkey incident list shows them"
        )
    text = reporting.write(services, words[0])
    console.show(as_json, {"incident": words[0], "report": text}, text.split("\n"))


def _in_list(found: "list[Incident]") -> list[str]:
    from bot import wording

    return [
        f"{wording.moment(each.opened_at)}  {each.id}  {each.database}  {each.stage}: {each.what}"
        for each in found
    ]


def _as_json(incident: "Incident") -> dict[str, Any]:
    return {
        "id": incident.id,
        "database": incident.database,
        "kind": incident.kind.value,
        "stage": incident.stage.value,
        "what": incident.what,
        "opened_by": incident.opened_by,
        "opened_at": incident.opened_at.isoformat(),
        "channel": incident.channel_name or None,
        "roles": {role.value: person for role, person in incident.roles.items()},
        "update": incident.update or None,
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
        "closed_by": incident.closed_by or None,
        "reason": incident.reason or None,
    }
