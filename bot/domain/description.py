"""A state in a few figures: as scripts read it, and as an operation's record keeps it."""

from typing import Any

from bot import wording
from bot.domain.judgement import mostly_empty
from bot.domain.state import State


def described(state: State) -> dict[str, Any]:
    """Which database it is and what it holds: all that people need to say whether it is the one they mean.

    `counts` has None for a table that could not be counted; `newest` is the newest value of the columns that
    the configuration names, None where it names none.
    """
    identity = state.identity
    newest = max((found.at for found in state.newest if found.at), default=None)
    return {
        "system_identifier": identity.system_identifier,
        "server_version": wording.version(identity.server_version),
        "database": identity.database_name,
        "oid": identity.database_oid,
        "marker": identity.marker.id if identity.marker else None,
        "taken_at": state.taken_at.isoformat(),
        "tables": len(state.holders),
        "rows": state.rows,
        "uncounted_tables": state.uncounted,
        "bytes": state.size_bytes,
        "counts": {str(table.name): table.rows for table in state.tables},
        "newest": newest.isoformat() if newest else None,
        "empty_tables": [table.name.short for table in state.tables if table.rows == 0],
        "mostly_empty": mostly_empty(state),
    }
