"""The risks of what a release would apply."""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.domain.migrations import Release, ReleaseMigration
from bot.domain.sql_risk.python_files import read_python
from bot.domain.sql_risk.reading import Reading, read
from bot.domain.sql_risk.risk import Hazard, Kind, Risk


def of_pending(release: Release, pending: Collection[str]) -> tuple[Risk, ...]:
    """What the pending migrations may destroy, by their names, in the order in which they would be applied.

    A name that the release does not have is left out: `bot.domain.standing` tells of it.
    """
    found: list[Risk] = []
    moved = False
    applied = [each for each in release.migrations if each.name in pending]
    among = _digest(applied)
    for migration in applied:
        reading = _read(migration)
        found += [replace(risk, certain=risk.certain and not moved, among=among) for risk in reading.risks]
        moved = moved or reading.moves
    return tuple(found)


def _digest(migrations: Iterable[ReleaseMigration]) -> str:
    content = [(each.name, each.text, sorted(each.checksums)) for each in migrations]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def _read(migration: ReleaseMigration) -> Reading:
    if migration.text is None:
        hazard = Hazard(kind=Kind.UNPARSABLE, subject="the file", because="it was not read")
        return Reading(risks=(Risk(hazard=hazard, file=migration.name, line=1, statement=""),), moves=True)
    if migration.path.endswith(".py"):
        return read_python(migration.text, migration.path, migration.name)
    return read(migration.text, migration.path)
