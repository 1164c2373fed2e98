"""The sample application: its 22 migrations, applied as Prisma applies them, and the rows it has gathered."""

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

_HERE = Path(__file__).parent
_MIGRATIONS = _HERE / "migrations"

Connection = psycopg.Connection[Any]


def copy_migrations(folder: Path) -> None:
    """Put the release's migrations there, all or none, where the application's release would bring them."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.copytree(_MIGRATIONS, partial, dirs_exist_ok=True)
    partial.rename(folder)


def migrate(connection: Connection, *, over: timedelta) -> None:
    """Apply all migrations from init into the first schema of the search path, and write the history.

    The history tells of applications spread evenly from `over` ago until now.
    """
    _run(connection, _HERE / "history.sql")
    folders = sorted(path for path in _MIGRATIONS.iterdir() if path.is_dir())
    now = datetime.now(UTC)
    for place, folder in enumerate(folders, start=1):
        _apply(connection, folder, now - over * (1 - place / len(folders)))


def fill(connection: Connection) -> None:
    """Fill the migrated tables with some 50,000 rows, the newest of them a few minutes old."""
    connection.execute("SET LOCAL timezone = 'UTC'")
    for script in sorted((_HERE / "rows").glob("*.sql")):
        _run(connection, script)
    connection.execute("ANALYZE")


def add_legacy_account(connection: Connection) -> None:
    """What the application's own seed script leaves in an empty database: one account."""
    _run(connection, _HERE / "legacy_account.sql")


def _apply(connection: Connection, folder: Path, applied_at: datetime) -> None:
    content = (folder / "migration.sql").read_bytes()
    connection.execute(content)
    checksum = hashlib.sha256(content).hexdigest()
    connection.execute(
        (_HERE / "applied.sql").read_bytes(),
        {"name": folder.name, "checksum": checksum, "applied_at": applied_at},
    )


def _run(connection: Connection, script: Path) -> None:
    connection.execute(script.read_bytes())
