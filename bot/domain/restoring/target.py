"""What was found where the configuration points: hardly ever a refusal, mostly the incident itself."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.findings import Code
from bot.domain.observation import Unreadable
from bot.domain.rehearsal import refuse_copy
from bot.domain.restoring.facts import BoundTarget, target_of
from bot.domain.state import Baseline, Identity, State
from bot.errors import Refused


class Found(StrEnum):
    """How the database that was found stands to the one that people pinned."""

    PINNED = "pinned"
    EMPTY = "empty"
    UNMARKED = "unmarked"
    RECREATED = "recreated"
    OTHER_DATABASE = "other-database"
    OTHER_SERVER = "other-server"
    #: nobody ever pinned one, or the bot's memory of it is lost
    UNPINNED = "unpinned"
    ABSENT = "absent"

    @property
    def known(self) -> bool:
        """It is the one that people know: its properties are worth more than what a backup remembers."""
        return self in {Found.PINNED, Found.EMPTY, Found.UNMARKED}


@dataclass(frozen=True, kw_only=True)
class Target:
    """The database that is replaced."""

    found: Found
    bound: BoundTarget
    #: the first line of the plan
    words: str

    @property
    def absent(self) -> bool:
        """There is nothing to set aside, and no way back."""
        return self.found is Found.ABSENT


def find_target(
    name: str, state: State | Unreadable, baseline: Baseline | None, ours: Collection[str] = ()
) -> Target:
    """What the plan replaces; `name` is the database's own, `ours` are the ids of its markers that
    are known beside the pinned one.

    Raises `Refused` for another database's marker, a standby, and a server that does not answer.
    """
    if isinstance(state, Unreadable):
        return _absent(name, state, baseline)
    found = state.identity
    refuse_copy(found)
    _refuse_standby(found)
    pinned = baseline.state.identity if baseline else None
    known = {*ours, *([pinned.marker.id] if pinned and pinned.marker else [])}
    _refuse_foreign(found, known)
    how, words = _against(found, pinned, empty=not state.rows)
    return Target(found=how, bound=target_of(found), words=words)


def _absent(name: str, away: Unreadable, baseline: Baseline | None) -> Target:
    if away.code is not Code.IDENTITY_ABSENT or away.system_identifier is None:
        raise Refused("target-unreachable", f"{away.reason}; nothing was changed", away.hint)
    elsewhere = baseline is not None and baseline.state.identity.system_identifier != away.system_identifier
    server = f", and this is another server ({away.system_identifier})" if elsewhere else ""
    return Target(
        found=Found.ABSENT,
        bound=BoundTarget(server=away.system_identifier, name=name),
        words=f"the server has no database {name}{server}: it is created from the backup; "
        "nothing is set aside, and there is no undo",
    )


def _refuse_standby(found: Identity) -> None:
    if found.standby:
        raise Refused(
            "target-standby",
            "this server is a standby and follows another one: nothing can be restored on it",
            "let the connection string lead to the primary: `target_session_attrs=read-write`",
        )


def _refuse_foreign(found: Identity, known: Collection[str]) -> None:
    """A copy of ours may be replaced; whatever another Secondkey adopted may not."""
    if found.marker is not None and known and found.marker.id not in known:
        raise Refused(
            "target-foreign",
            f"{found.database_name} carries the marker of another database ({found.marker.id}): "
            "somebody else protects it, and nothing was changed",
            "check where dsn leads; if it is yours after all, `/verify accept` pins it",
        )


def _against(found: Identity, pinned: Identity | None, *, empty: bool) -> tuple[Found, str]:
    holds = ", and it is empty" if empty else ""
    here = f"server {found.system_identifier}, database {found.database_name}, oid {found.database_oid}"
    if pinned is None:
        return Found.UNPINNED, f"nothing was pinned: look whether it is the one that you mean: {here}{holds}"
    if found.system_identifier != pinned.system_identifier:
        was = f"pinned was {pinned.system_identifier}, this is {found.system_identifier}"
        return Found.OTHER_SERVER, f"another server: {was}{holds}"
    if found.database_name != pinned.database_name:
        was = f"pinned was {pinned.database_name}, this is {found.database_name}"
        return Found.OTHER_DATABASE, f"another database: {was}{holds}"
    if found.database_oid != pinned.database_oid:
        was = f"oid {pinned.database_oid} → {found.database_oid}"
        return Found.RECREATED, f"recreated: same name, another database ({was}){holds}"
    if empty:
        return Found.EMPTY, "the pinned database, and it is empty"
    if pinned.marker is not None and found.marker is None:
        return Found.UNMARKED, "the pinned database; its marker is gone"
    return Found.PINNED, "the pinned database"
