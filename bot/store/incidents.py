"""Records of incidents: one open for a database, its timeline, and what was drafted about it."""

import secrets
import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row
from pydantic import TypeAdapter

from bot.domain.incidents.incident import ID, Evidence, Incident, Kind, Role, Stage
from bot.domain.incidents.timeline import Entry, Source
from bot.errors import NotFound
from bot.store import audit
from bot.store.documents import document, storable
from bot.store.queries import query

#: How much of the audit log one timeline takes.
LOGGED = 2_000
_EVIDENCE = TypeAdapter(Evidence | None)


class AlreadyOpen(Exception):
    """An incident of the database is open."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A text for people outside, which goes nowhere before somebody says so."""

    id: str
    incident: str
    #: `stakeholders` or `customers`
    audience: str
    text: str
    drafted_at: datetime
    sent_by: str
    sent_at: datetime | None


def create(connection: Connection[Any], *, database: str, kind: Kind, what: str, opened_by: str) -> Incident:
    """Open an incident; raises `AlreadyOpen`."""
    fields = {
        "id": _new_id(ID),
        "database": database,
        "kind": kind,
        "what": storable(what),
        "opened_by": storable(opened_by),
    }
    try:
        with connection.transaction():
            return _one(connection, "incident_create", fields)
    except UniqueViolation:
        raise AlreadyOpen(database) from None


def load(connection: Connection[Any], incident_id: str) -> Incident:
    """Raises `NotFound`."""
    return _one(connection, "incident_load", {"id": storable(incident_id)})


def hold(connection: Connection[Any], incident_id: str) -> Incident:
    """The same, which nobody else changes before this transaction ends."""
    return _one(connection, "incident_hold", {"id": storable(incident_id)})


def save(connection: Connection[Any], incident: Incident) -> Incident:
    """What it is by now; it was held before in this transaction."""
    fields = {
        "id": incident.id,
        "kind": incident.kind,
        "stage": incident.stage,
        "alerts": document(incident.alerts),
        "channel": incident.channel,
        "channel_name": incident.channel_name,
        "no_channel": storable(incident.no_channel),
        "roles": document(dict(incident.roles)),
        "evidence": document(_EVIDENCE.dump_python(incident.evidence, mode="json"))
        if incident.evidence
        else None,
        "update": storable(incident.update),
        "updated_at": incident.updated_at,
        "reminded_at": incident.reminded_at,
        "drafted_at": incident.drafted_at,
        "closed_at": incident.closed_at,
        "closed_by": storable(incident.closed_by),
        "reason": storable(incident.reason),
    }
    return _one(connection, "incident_save", fields)


def open_of(connection: Connection[Any], database: str) -> Incident | None:
    """The one that is open for a database."""
    return _maybe(connection, "incident_open", {"database": database})


def of_channel(connection: Connection[Any], channel: str) -> Incident | None:
    """The one whose own channel this is, open or closed."""
    return _maybe(connection, "incident_of_channel", {"channel": channel})


def all_open(connection: Connection[Any]) -> list[Incident]:
    """The oldest first."""
    return _many(connection, "incidents_open", {})


def newest(connection: Connection[Any], databases: Sequence[str], limit: int) -> list[Incident]:
    """The newest first."""
    return _many(connection, "incidents_newest", {"databases": list(databases), "limit": limit})


def record(
    connection: Connection[Any],
    incident_id: str,
    *,
    key: str,
    at: datetime,
    by: str,
    source: Source,
    text: str,
    link: str = "",
) -> None:
    """Add to its timeline; what stands there under this key says this now, and when it changed."""
    fields = {
        "incident": incident_id,
        "key": storable(key),
        "at": at,
        "by": storable(by),
        "source": source,
        "text": storable(text),
        "link": storable(link),
    }
    connection.execute(query("incident_record"), fields)


def entry_edited(connection: Connection[Any], key: str, text: str) -> bool:
    """The message behind an entry was changed; False where no timeline has it, or it says the same."""
    fields = {"key": storable(key), "text": storable(text)}
    return connection.execute(query("incident_entry_edited"), fields).rowcount > 0


def entry_removed(connection: Connection[Any], key: str) -> bool:
    """The message behind an entry was deleted, or is not wanted there; False where no timeline has it."""
    return connection.execute(query("incident_entry_removed"), {"key": storable(key)}).rowcount > 0


def entries(connection: Connection[Any], incident_id: str) -> list[Entry]:
    """What people added, in the order in which it happened."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("incident_entries"), {"incident": incident_id}).fetchall()
    return [Entry(source=Source(row.pop("source")), **row) for row in rows]


def logged(
    connection: Connection[Any], incident: Incident, since: datetime, actions: Collection[str]
) -> tuple[list[audit.Entry], int]:
    """What the audit log has about its database until it was closed, of these actions and of all that failed:
    the newest `LOGGED`, the oldest of them first, and how many are older than those."""
    fields = {
        "database": incident.database,
        "incident": incident.id,
        "since": since,
        "until": incident.closed_at,
        "actions": list(actions),
        "limit": LOGGED,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("incident_log"), fields).fetchall()[::-1]
    matching = [row.pop("matching") for row in rows]
    return [audit.Entry(**row) for row in rows], max(matching, default=0) - len(rows)


def create_draft(connection: Connection[Any], incident_id: str, audience: str, text: str) -> Draft:
    fields = {
        "id": _new_id("draft"),
        "incident": incident_id,
        "audience": audience,
        "text": storable(text),
    }
    return _draft(connection, "draft_create", fields)


def load_draft(connection: Connection[Any], draft_id: str) -> Draft:
    """Raises `NotFound`."""
    return _draft(connection, "draft_load", {"id": storable(draft_id)})


def send_draft(connection: Connection[Any], draft_id: str, by: str) -> Draft | None:
    """A person says that it may go out; None where somebody did before."""
    with connection.cursor(row_factory=class_row(Draft)) as cursor:
        return cursor.execute(query("draft_send"), {"id": draft_id, "by": by}).fetchone()


def _draft(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Draft:
    with connection.cursor(row_factory=class_row(Draft)) as cursor:
        draft = cursor.execute(query(name), parameters).fetchone()
    if draft is None:
        raise NotFound("there is no such draft", "`/incident draft` writes it anew")
    return draft


def _new_id(kind: str) -> str:
    letters = string.ascii_lowercase + string.digits
    return f"{kind}-" + "".join(secrets.choice(letters) for _ in range(8))


def _one(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Incident:
    incident = _maybe(connection, name, parameters)
    if incident is None:
        raise NotFound(f"there is no incident {parameters['id'][:60]!r}", "`/incident list` shows them")
    return incident


def _maybe(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Incident | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(name), parameters).fetchone()
    return _incident(row) if row else None


def _many(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[Incident]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_incident(row) for row in cursor.execute(query(name), parameters)]


def _incident(row: dict[str, Any]) -> Incident:
    fields = dict(row)
    return Incident(
        kind=Kind(fields.pop("kind")),
        stage=Stage(fields.pop("stage")),
        alerts=tuple(fields.pop("alerts")),
        roles={Role(role): person for role, person in fields.pop("roles").items()},
        evidence=_EVIDENCE.validate_python(fields.pop("evidence")),
        **fields,
    )
