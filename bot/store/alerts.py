"""Records of alerts: of one cause one is open at a time."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from pydantic import TypeAdapter

from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.errors import NotFound
from bot.store.documents import document, storable
from bot.store.queries import only_row, query

_SIGHTINGS = TypeAdapter(tuple[Sighting, ...])


def new_id() -> str:
    """An id that no alert has yet."""
    letters = string.ascii_lowercase + string.digits
    return "al-" + "".join(secrets.choice(letters) for _ in range(8))


def hold(connection: Connection[Any], cause: Cause) -> Alert | None:
    """The newest alert of a cause, open or not, which nobody else changes before this transaction ends."""
    connection.execute(query("alert_lock"), {"key": cause.key})
    return _maybe(connection, "alert_newest", asdict(cause))


def hold_again(connection: Connection[Any], alert: Alert) -> Alert:
    """The same alert as it stands by now, likewise."""
    connection.execute(query("alert_lock"), {"key": alert.cause.key})
    return load(connection, alert.id)


def load(connection: Connection[Any], alert_id: str) -> Alert:
    """Raises `NotFound`."""
    alert = _maybe(connection, "alert_load", {"id": alert_id})
    if alert is None:
        raise NotFound(f"there is no alert {alert_id[:60]!r}", "`/watch status` shows those that are open")
    return alert


def save(connection: Connection[Any], alert: Alert) -> Alert:
    """Record an alert that is held, or new."""
    fields = {
        **vars(alert),
        **asdict(alert.cause),
        "subject": storable(alert.cause.subject),
        "sightings": document(_SIGHTINGS.dump_python(alert.sightings, mode="json")),
        "sure": storable(alert.sure),
        "done": document(alert.done),
        "acknowledged_by": document(alert.acknowledged_by),
    }
    del fields["cause"]
    connection.execute(query("alert_save"), fields)
    return alert


def was_closed(connection: Connection[Any], alert_id: str) -> bool:
    """Whether people closed the incident that it belongs to."""
    return bool(only_row(connection, "alert_was_closed", {"id": alert_id})[0])


def all_open(connection: Connection[Any]) -> list[Alert]:
    """The oldest first."""
    return _many(connection, "alerts_open", {})


def recent(connection: Connection[Any], within: timedelta) -> list[Alert]:
    """What is open, and what was over only so long ago; the oldest first."""
    return _many(connection, "alerts_recent", {"within": within})


def of_message(connection: Connection[Any], channel: str, ts: str) -> Alert | None:
    """The alert whose message stands there."""
    return _maybe(connection, "alert_of_message", {"channel": channel, "ts": ts})


def place_of(connection: Connection[Any], alert_id: str) -> tuple[str, str] | None:
    """Channel and time of its message, as Slack knows it; None where it is not posted."""
    place: tuple[str, str] | None = connection.execute(query("alert_place"), {"id": alert_id}).fetchone()
    return place


def unseeded(connection: Connection[Any]) -> list[tuple[str, str, str]]:
    """Open alerts whose message lacks the emoji to tap: id, channel, time."""
    return connection.execute(query("alerts_unseeded")).fetchall()


def seeded(connection: Connection[Any], alert_id: str) -> None:
    connection.execute(query("alert_seeded"), {"id": alert_id})


def _maybe(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Alert | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(name), parameters).fetchone()
    return _alert(row) if row else None


def _many(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[Alert]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_alert(row) for row in cursor.execute(query(name), parameters)]


def _alert(row: dict[str, Any]) -> Alert:
    fields = {name: value for name, value in row.items() if name != "seeded"}
    cause = Cause(
        matter=Matter(fields.pop("matter")), database=fields.pop("database"), subject=fields.pop("subject")
    )
    return Alert(
        cause=cause,
        sightings=_SIGHTINGS.validate_python(fields.pop("sightings")),
        done=tuple(fields.pop("done")),
        acknowledged_by=tuple(fields.pop("acknowledged_by")),
        **fields,
    )
