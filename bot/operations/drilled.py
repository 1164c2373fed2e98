"""What drills came to: `/drill list`, `/drill status`, and whether one is under way."""

from collections.abc import Sequence
from typing import Any

from bot.domain.drill import Drill
from bot.domain.operation import Kind
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import drill as view
from bot.store import drills, operations


def history(services: Services, names: Sequence[str]) -> Message:
    return view.listed([(name, newest(services, name)) for name in names])


def newest(services: Services, name: str) -> list[Drill]:
    """The last drills of a database, the newest first; raises `NotFound`."""
    services.database(name)
    with services.store.transaction() as connection:
        return drills.recent(connection, name, limit=view.LISTED)


def status(services: Services, names: Sequence[str]) -> Message:
    with services.store.transaction() as connection:
        return view.standing([
            (name, drills.newest(connection, name), operations.under_way(connection, Kind.DRILL, name))
            for name in names
        ])  # fmt: skip


def of(services: Services, operation_id: str) -> list[Drill]:
    """What one operation came to, the newest backup first."""
    with services.store.transaction() as connection:
        return sorted(drills.of(connection, operation_id), key=lambda drill: drill.age)


def to_result(held: Sequence[Drill]) -> dict[str, Any]:
    """As scripts read it; times in seconds, sizes in bytes."""
    return {"drills": [as_json(drill) for drill in held]}


def as_json(drill: Drill) -> dict[str, Any]:
    return {
        "backup_id": drill.backup_id,
        "ok": drill.ok,
        "problem": drill.problem,
        "restore_seconds": drill.seconds,
        "bytes": drill.bytes,
        "backup_age_seconds": drill.age.total_seconds(),
        "longest_gap_seconds": drill.gap.total_seconds() if drill.gap else None,
        "place": drill.place or "throw-away cluster",
        "at": drill.at.isoformat(),
    }
