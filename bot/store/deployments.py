"""Records of deployments, of what freezes them, and of what two people overrode."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row
from pydantic import TypeAdapter

from bot.domain.deploying.deployment import Deployment, Item, Stage, Start
from bot.domain.deploying.gate import ALL, Freeze, Light, Override
from bot.domain.deploying.row_counts import RELEASES, Step
from bot.domain.restoring.facts import BoundTarget
from bot.domain.state import State
from bot.errors import NotFound
from bot.store.documents import document, storable
from bot.store.queries import only_row, query

#: A process that runs a release and gave no sign of life for so long is taken to be dead.
SILENCE = timedelta(minutes=2)
#: After so long without one it is no longer sure that it runs.
DOUBT = timedelta(seconds=30)
_STATE = TypeAdapter(State)


class Claimed(Exception):
    """Another deployment of the database stands."""


def create(
    connection: Connection[Any],
    deployment_id: str,
    *,
    database: str,
    release: str,
    opened_by: str,
    attended: bool,
) -> Deployment:
    """Claim the database for a deployment; raises `Claimed`."""
    fields = {
        "id": deployment_id,
        "database": database,
        "release": storable(release),
        "opened_by": storable(opened_by),
        "attended": attended,
    }
    try:
        with connection.transaction():
            return _one(connection, "deployment_create", fields)
    except UniqueViolation:
        raise Claimed(database) from None


def load(connection: Connection[Any], deployment_id: str) -> Deployment:
    """Raises `NotFound`."""
    return _found(_maybe(connection, "deployment_load", {"id": deployment_id}), deployment_id)


def hold(connection: Connection[Any], deployment_id: str) -> Deployment:
    """The same, which nobody else changes before this transaction ends."""
    return _found(_maybe(connection, "deployment_hold", {"id": deployment_id}), deployment_id)


def claiming(connection: Connection[Any], database: str) -> Deployment | None:
    """The deployment that stands at the gate, or is open."""
    return _maybe(connection, "deployment_claiming", {"database": database})


def save(connection: Connection[Any], deployment: Deployment, window: timedelta) -> Deployment | None:
    """What it is by now; None where it has ended already. `window` counts from when it opens."""
    fields = {
        "id": deployment.id,
        "stage": deployment.stage,
        "light": deployment.light,
        "findings": document(deployment.findings),
        "meant": document(deployment.meant),
        "backup_id": deployment.backup_id,
        "override": deployment.override,
        "overridden_by": document(deployment.overridden_by),
        "title": storable(deployment.title),
        "lines": document(deployment.lines),
        "ticks": document(dict(deployment.ticks)),
        "outcome": document(dict(deployment.outcome)),
        "window": window,
    }
    return _maybe(connection, "deployment_save", fields)


def remember_start(connection: Connection[Any], deployment_id: str, start: Start) -> None:
    """How the database stood right before the release."""
    state = document(_STATE.dump_python(start.state, mode="json"))
    fields = {"id": deployment_id, "state": state, "schema": storable(start.schema)}
    connection.execute(query("deployment_started"), fields)


def start_of(connection: Connection[Any], deployment_id: str) -> Start | None:
    """None where its window never opened."""
    row = connection.execute(query("deployment_stood"), {"id": deployment_id}).fetchone()
    return Start(state=_STATE.validate_json(row[0]), schema=row[1]) if row else None


def tick(connection: Connection[Any], deployment_id: str, item: Item, by: str) -> Deployment | None:
    """None where it is ticked already."""
    return _maybe(connection, "deployment_tick", {"id": deployment_id, "item": item, "by": storable(by)})


def untick(connection: Connection[Any], deployment_id: str, item: Item, by: str) -> Deployment | None:
    """None where somebody else ticked it, or nobody."""
    return _maybe(connection, "deployment_untick", {"id": deployment_id, "item": item, "by": storable(by)})


def beat(connection: Connection[Any], deployment_id: str) -> bool:
    """The process that runs the release lives; False where the deployment has ended."""
    return connection.execute(query("deployment_beat"), {"id": deployment_id}).rowcount == 1


def is_at_work(connection: Connection[Any], deployment_id: str) -> bool:
    """A process runs the release, and said just now that it lives."""
    fields = {"id": deployment_id, "doubt": DOUBT.total_seconds()}
    return bool(only_row(connection, "deployment_at_work", fields)[0])


def of_message(connection: Connection[Any], channel: str, ts: str) -> Deployment | None:
    return _maybe(connection, "deployment_of_message", {"channel": channel, "ts": ts})


def newest(connection: Connection[Any], databases: Sequence[str], limit: int) -> list[Deployment]:
    """The newest first."""
    return _many(connection, "deployments_newest", {"databases": list(databases), "limit": limit})


def counted(connection: Connection[Any], database: str) -> list[Step]:
    """What the last deployments found and left, the oldest first."""
    with connection.cursor(row_factory=class_row(Step)) as cursor:
        return cursor.execute(
            query("deployments_counted"), {"database": database, "limit": RELEASES}
        ).fetchall()


def all_open(connection: Connection[Any]) -> list[Deployment]:
    return _many(connection, "deployments_open", {})


def overdue(connection: Connection[Any]) -> list[tuple[Deployment, Stage]]:
    """The windows that are to be closed, and how they end; each is told to one at a time only."""
    # Whoever waited for the lock sees with the next statement what its holder did.
    connection.execute(query("deployments_hold_open"))
    rows = connection.execute(query("deployments_overdue"), {"silence": SILENCE.total_seconds()}).fetchall()
    return [(load(connection, each), Stage.LOST if silent else Stage.EXPIRED) for each, silent in rows]


def abandoned(connection: Connection[Any]) -> list[tuple[Deployment, str]]:
    """What nobody goes on with at the gate, and why, as far as that is known."""
    rows = connection.execute(query("deployments_abandoned"), {"silence": SILENCE.total_seconds()}).fetchall()
    return [(load(connection, each), problem) for each, problem in rows]


def freeze(connection: Connection[Any], scope: str, by: str, reason: str) -> bool:
    """False where it is frozen already."""
    fields = {"scope": scope, "by": storable(by), "reason": storable(reason)}
    return connection.execute(query("freeze_put"), fields).rowcount == 1


def thaw(connection: Connection[Any], scope: str) -> bool:
    """False where it was not frozen."""
    return connection.execute(query("freeze_lift"), {"scope": scope}).rowcount == 1


def frozen(connection: Connection[Any], database: str) -> Freeze | None:
    """What keeps this database from being deployed to."""
    return next(_freezes(connection.execute(query("freezes_of"), {"database": database})), None)


def all_frozen(connection: Connection[Any]) -> list[Freeze]:
    return list(_freezes(connection.execute(query("freezes_all"))))


def save_override(connection: Connection[Any], override: Override, valid_for: timedelta) -> datetime:
    """Returns until when it is valid, by the clock of the bot's database."""
    fields = {
        "id": override.id,
        "database": override.database,
        "release": storable(override.release),
        "target": document(asdict(override.target)),
        "findings": document(sorted(override.findings)),
        "reason": storable(override.reason),
        "requested_by": override.requested_by,
        "approved_by": document(override.approved_by),
        "valid_for": valid_for,
    }
    until: datetime = only_row(connection, "override_put", fields)[0]
    return until


def override_for(connection: Connection[Any], database: str, release: str) -> Override | None:
    """The one that may open the next window of this release."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            query("override_current"), {"database": database, "release": storable(release)}
        ).fetchone()
    if row is None:
        return None
    return Override(
        target=BoundTarget(**row.pop("target")),
        findings=frozenset(row.pop("findings")),
        approved_by=tuple(row.pop("approved_by")),
        **row,
    )


def use_override(connection: Connection[Any], override_id: str, deployment_id: str) -> bool:
    """Use it up; False where that was done before, or its time is over."""
    fields = {"id": override_id, "deployment": deployment_id}
    return connection.execute(query("override_use"), fields).rowcount == 1


def void_override(connection: Connection[Any], override_id: str, because: str) -> None:
    connection.execute(query("override_void"), {"id": override_id, "because": storable(because)})


def _freezes(rows: Iterable[tuple[str, str, datetime, str]]) -> Iterator[Freeze]:
    for scope, by, since, reason in rows:
        yield Freeze(database=None if scope == ALL else scope, by=by, since=since, reason=reason)


def _found(deployment: Deployment | None, deployment_id: str) -> Deployment:
    if deployment is None:
        raise NotFound(f"there is no deployment {deployment_id[:60]!r}", "`/deploy history` shows them")
    return deployment


def _one(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Deployment:
    deployment = _maybe(connection, name, parameters)
    if deployment is None:
        raise RuntimeError(f"{name}.sql gave no deployment")
    return deployment


def _maybe(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Deployment | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query(name), parameters).fetchone()
    return _deployment(row) if row else None


def _many(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[Deployment]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_deployment(row) for row in cursor.execute(query(name), parameters)]


def _deployment(row: dict[str, Any]) -> Deployment:
    fields = dict(row)
    light, beat_at = fields.pop("light"), fields.pop("beat_at")
    return Deployment(
        stage=Stage(fields.pop("stage")),
        light=Light(light) if light else None,
        findings=tuple(fields.pop("findings")),
        meant=tuple(fields.pop("meant")),
        overridden_by=tuple(fields.pop("overridden_by")),
        lines=tuple(tuple(paragraph) for paragraph in fields.pop("lines")),
        attended=beat_at is not None,
        **fields,
    )
