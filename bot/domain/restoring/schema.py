"""The migrations of what is restored beside those of the live database."""

from dataclasses import dataclass

from bot.domain.migrations import History, MigrationState


@dataclass(frozen=True, kw_only=True)
class Schema:
    """How far each is migrated; the release that follows must fit what is restored."""

    #: applied migrations; where the tool keeps the heads alone, these
    then: int
    now: int
    #: applied in the live database alone, in their order: the release needs to be rolled back behind these
    newer: tuple[str, ...] = ()
    #: applied in what is restored alone
    missing: tuple[str, ...] = ()
    heads_only: bool = False


def compare(then: History | None, now: History | None) -> Schema | None:
    """None where one of the two could not be read, or there is no history at all."""
    if then is None or not then.present or then.problem or (now is not None and now.problem):
        return None
    before, present = _applied(then), _applied(now)
    return Schema(
        then=len(before),
        now=len(present),
        newer=tuple(name for name in present if name not in before),
        missing=tuple(name for name in before if name not in present),
        heads_only=then.heads_only,
    )


def _applied(history: History | None) -> tuple[str, ...]:
    found = history.migrations if history else ()
    return tuple(each.name for each in found if each.state is MigrationState.APPLIED)
