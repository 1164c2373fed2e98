"""The facts that an approval of a restore is bound to; table by table, the rows that may go."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from bot.domain.binding import Facts
from bot.domain.restoring.changes import Change
from bot.domain.restoring.traffic import Traffic
from bot.domain.state import Identity


@dataclass(frozen=True, kw_only=True)
class BoundTarget:
    """The database that is replaced, as it was found; without an oid there was none of this name."""

    server: str
    name: str
    oid: int | None = None
    marker: str | None = None


@dataclass(frozen=True, kw_only=True)
class BoundSource:
    """What takes its place."""

    #: a backup's id, or the set-aside database's name
    name: str
    #: of the archive; of a set-aside database its oid
    checksum: str
    #: that the backup was made for
    release: str | None = None


def target_of(identity: Identity) -> BoundTarget:
    return BoundTarget(
        server=identity.system_identifier,
        name=identity.database_name,
        oid=identity.database_oid,
        marker=identity.marker.id if identity.marker else None,
    )


def bind(
    target: BoundTarget,
    source: BoundSource,
    traffic: Traffic,
    changes: Sequence[Change],
    accepted: Collection[str] = (),
) -> Facts:
    """The facts as found. `accepted` are tables that people approved although nobody could count them."""
    unknown = {*accepted, *(str(each.table) for each in changes if each.may_go is None)}
    counted = ((str(each.table), each.may_go) for each in changes if each.may_go is not None)
    return Facts(
        bound={
            "target": asdict(target),
            "source": asdict(source),
            "traffic": asdict(traffic),
            "uncounted tables": sorted(unknown),
        },
        losses={table: rows for table, rows in counted if table not in unknown},
    )
