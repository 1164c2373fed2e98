"""Which database is this? Everything else is worth nothing while the answer is not the pinned one."""

from collections.abc import Iterator

from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import Observation, Unreadable
from bot.domain.state import Baseline, Identity, Marker

_NOTHING_IN_ITS_PLACE = (
    "stop the application and deployments, so that nothing puts an empty database in its place"
)


def findings(observation: Observation) -> Iterator[Finding]:
    name, state, baseline = observation.database, observation.state, observation.baseline
    if isinstance(state, Unreadable):
        yield from _unreadable(name, state, baseline)
        return
    found = state.identity
    yield from _not_writable(name, found)
    yield from _contradiction(name, found)
    if baseline is not None:
        yield from _cluster(name, found.system_identifier, baseline)
        yield from _database(name, found, baseline.state.identity)
        if observation.after_pinning:
            yield from _marker(name, found, baseline.state.identity.marker)


def _kept(name: str) -> str:
    return f"`/backup list {name}` shows what is kept"


def _not_this_one(name: str) -> str:
    return f"stop what writes to it and check the connection string; {_kept(name)}"


def _unreadable(name: str, state: Unreadable, baseline: Baseline | None) -> Iterator[Finding]:
    hint = state.hint
    if state.code is Code.IDENTITY_ABSENT and baseline is not None:
        hint = "; ".join(filter(None, (hint, _NOTHING_IN_ITS_PLACE, _kept(name))))
    yield finding(state.code, name, state.reason, hint)
    if baseline is not None and state.system_identifier is not None:
        yield from _cluster(name, state.system_identifier, baseline)


def _not_writable(name: str, found: Identity) -> Iterator[Finding]:
    if found.standby:
        yield finding(
            Code.IDENTITY_STANDBY,
            name,
            "this server is a standby and follows another one",
            "let the connection string lead to the primary: `target_session_attrs=read-write`",
        )
    elif found.read_only:
        yield finding(
            Code.IDENTITY_READ_ONLY,
            name,
            "the database takes no writes: `default_transaction_read_only` is on",
            "find out who set it, and why, before anything is deployed",
        )


def _cluster(name: str, found: str, baseline: Baseline) -> Iterator[Finding]:
    pinned = baseline.state.identity.system_identifier
    if found != pinned:
        yield finding(
            Code.IDENTITY_OTHER_CLUSTER,
            name,
            f"pinned is server {pinned}, this is {found}",
            _not_this_one(name),
        )


def _database(name: str, found: Identity, pinned: Identity) -> Iterator[Finding]:
    """On another server an oid means nothing; on the same one it tells a database from its namesake."""
    if found.database_name != pinned.database_name:
        yield finding(
            Code.IDENTITY_OTHER_DATABASE,
            name,
            f"pinned is the database {pinned.database_name} (oid {pinned.database_oid}), "
            f"this is {found.database_name} (oid {found.database_oid})",
            _not_this_one(name),
        )
    elif found.system_identifier == pinned.system_identifier and found.database_oid != pinned.database_oid:
        yield finding(
            Code.IDENTITY_RECREATED,
            name,
            f"same name, another database: oid {pinned.database_oid} → {found.database_oid}",
            f"it was dropped and created again: stop what writes to it; {_kept(name)}",
        )


def _contradicts(marker: Marker, found: Identity) -> bool:
    place = (marker.system_identifier, marker.database_oid)
    return place != (found.system_identifier, found.database_oid)


def _contradiction(name: str, found: Identity) -> Iterator[Finding]:
    """A copy carries the marker of its origin, which names another server or another oid."""
    if found.marker is not None and found.marker.copy_of:
        yield finding(
            Code.IDENTITY_MARKER_FOREIGN,
            name,
            f"this is a copy of {found.marker.copy_of} that a rehearsal works on, and nobody's production",
            _not_this_one(name),
        )
    elif found.marker is not None and _contradicts(found.marker, found):
        yield finding(
            Code.IDENTITY_MARKER_FOREIGN,
            name,
            f"its marker was written for server {found.marker.system_identifier}, "
            f"oid {found.marker.database_oid}: this is a copy of that database",
            f"{_not_this_one(name)}; if that is meant: `/verify accept {name}`",
        )


def _marker(name: str, found: Identity, pinned: Marker | None) -> Iterator[Finding]:
    if found.marker is None:
        yield finding(
            Code.IDENTITY_MARKER_MISSING,
            name,
            "the marker that was written on adoption is gone",
            "look who dropped the schema secondkey; a copy from before the adoption lacks it too",
        )
    elif pinned is not None and found.marker.id != pinned.id and not _contradicts(found.marker, found):
        yield finding(
            Code.IDENTITY_MARKER_FOREIGN,
            name,
            f"pinned is the marker {pinned.id}, this one is {found.marker.id}",
            "another Secondkey adopted it, or it is another database: ask before you go on",
        )
