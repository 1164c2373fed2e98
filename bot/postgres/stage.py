"""How far a restore is, from the server's catalogue alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

from bot.postgres.naming import Names
from bot.postgres.queries import query


class Stage(StrEnum):
    """What a restore has done to the server."""

    NONE = "none"
    #: the candidate is there, finished or not; the live database is as it was
    CANDIDATE = "candidate"
    #: one of the two lets nobody in
    FENCED = "fenced"
    #: the candidate has the live database's name
    SWAPPED = "swapped"


@dataclass(frozen=True, kw_only=True)
class Present:
    """A database that is there."""

    oid: int
    allows_connections: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """The three databases of a swap as they are; None for one that is not there."""

    stage: Stage
    live: Present | None
    candidate: Present | None
    aside: Present | None


def probe(connection: psycopg.Connection[Any], names: Names, candidate_oid: int | None) -> Found:
    """Where a restore stands. `candidate_oid` is None where no candidate was ever finished."""
    there = present(connection, (names.live, names.candidate, names.aside))
    live, candidate = there.get(names.live), there.get(names.candidate)
    return Found(
        stage=_stage(live, candidate, candidate_oid),
        live=live,
        candidate=candidate,
        aside=there.get(names.aside),
    )


def present(connection: psycopg.Connection[Any], names: Sequence[str]) -> dict[str, Present]:
    """Those of the named databases that are there."""
    rows = connection.execute(query("present"), {"names": list(names)}).fetchall()
    return {name: Present(oid=oid, allows_connections=allows) for name, oid, allows in rows}


def sizes(connection: psycopg.Connection[Any], names: Sequence[str]) -> dict[str, int]:
    """How many bytes those of the named databases take that are there, and of which that may be known."""
    return dict(connection.execute(query("sizes"), {"names": list(names)}).fetchall())


def _stage(live: Present | None, candidate: Present | None, candidate_oid: int | None) -> Stage:
    if live is not None and live.oid == candidate_oid:
        return Stage.SWAPPED
    if any(each is not None and not each.allows_connections for each in (live, candidate)):
        return Stage.FENCED
    return Stage.NONE if candidate is None else Stage.CANDIDATE
