"""Room for a copy on the protected server's volume: SQL cannot see it, only a configured command can."""

import re

from bot import wording
from bot.domain.restoring.made import Kind
from bot.domain.restoring.plan import Room
from bot.errors import CommandFailed, Refused
from bot.operations import hooks
from bot.operations.services import Services
from bot.store import made

_BYTES = re.compile(r"[0-9]{1,18}")


def look(services: Services, database: str, needed: int) -> Room:
    """What is free there for so many bytes, or why nobody knows."""
    configured = services.database(database).restore
    if configured.disk_free is None:
        return Room(needed=needed, problem="no disk_free command is configured")
    try:
        said = hooks.run(configured.disk_free, configured.disk_free_time.total_seconds(), "restore")
    except CommandFailed as failed:
        return Room(needed=needed, problem=failed.reason)
    first = said.partition("\n")[0].strip()
    if not _BYTES.fullmatch(first):
        return Room(
            needed=needed,
            problem=f"the first line that {configured.disk_free[0]} prints is no number of bytes",
        )
    return Room(needed=needed, free=int(first))


def refuse_too_small(services: Services, database: str, room: Room) -> None:
    """Raise `Refused` where the copy is known not to fit; what nobody knows is in nobody's way."""
    if room.free is None or not room.too_small:
        return
    raise Refused(
        "no-room",
        f"the copy needs about {wording.size(room.needed)} on the server, and {wording.size(room.free)} are "
        "free there; nothing was changed",
        f"make room on that volume, and ask again{_what_takes_room(services, database)}",
    )


def _what_takes_room(services: Services, database: str) -> str:
    """What of it is Secondkey's own."""
    with services.store.transaction() as connection:
        kept = made.there(connection, database, Kind.ASIDE)
    drops = ", ".join(f"`/restore drop {database} {each.name} REASON`" for each in kept)
    return f": {drops} gives back what was set aside" if kept else ""
