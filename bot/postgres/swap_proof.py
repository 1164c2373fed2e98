"""The night beforehand: two tiny databases are swapped, so that what is missing is known by day."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import psycopg

from bot import wording
from bot.domain.observation import Lack
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.postgres.carry_over import carry_over, properties_of
from bot.postgres.connection import connect, in_words
from bot.postgres.creating import creating, locale_of
from bot.postgres.fence import Client, put_up, unendable
from bot.postgres.lease import Lease, LeaseLost
from bot.postgres.naming import Names, names_for_proof
from bot.postgres.readiness import refused_owners, refused_rights
from bot.postgres.rights import Login, read_login
from bot.postgres.stage import present
from bot.postgres.swap import drop, swap, swap_obstacles

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class SwapProof:
    """What was tried; where both are empty, a restore will be able to do it."""

    #: why nothing could be restored beside, each with what to grant
    cannot_restore: tuple[Lack, ...]
    #: why the live database could not be fenced and swapped, likewise
    cannot_swap: tuple[Lack, ...]
    #: sessions on the live database that this login may not end, as they are now
    unendable: tuple[Client, ...]

    @property
    def proven(self) -> bool:
        return not self.cannot_restore and not self.cannot_swap


def prove_swap(lease: Lease, *, has_admin: bool) -> SwapProof:
    """Try it out beside the live database, which is only looked at; nothing of it is left behind.

    Databases that an interrupted proof left are dropped first. Raises `LeaseLost`, and `CommandFailed` where
    the server does not even answer what it is asked.
    """
    with in_words("trying a swap out"), lease.acting() as connection:
        login = read_login(connection)
        lacking = tuple(refused_rights(login))
        of_owner = tuple(refused_owners(connection, login, [lease.live]))
        there = tuple(unendable(connection, lease.live))
        failed = () if lacking or of_owner else _try(lease)
        return SwapProof(
            cannot_restore=_lacks(lacking),
            cannot_swap=_lacks(
                (
                    *of_owner,
                    *failed,
                    *swap_obstacles(connection, lease.live),
                    *_refused_sessions(login, there, has_admin=has_admin),
                )
            ),
            unendable=there,
        )


def _lacks(errors: Sequence[SecondkeyError]) -> tuple[Lack, ...]:
    return tuple(Lack(reason=error.reason, hint=error.hint) for error in errors)


def _refused_sessions(login: Login, there: tuple[Client, ...], *, has_admin: bool) -> Iterator[Refused]:
    if there and not has_admin:
        named = ", ".join(map(str, there[:3]))
        yield Refused(
            "not-granted",
            f"{wording.plural(len(there), 'session')} on the live database may not be ended by "
            f"{login.name}: {named}",
            "let these programs log in as an ordinary role, or name a superuser's login as admin_dsn",
        )


def _try(lease: Lease) -> tuple[SecondkeyError, ...]:
    """Why it failed; empty where it did not."""
    names = names_for_proof(lease.live)
    problems: list[SecondkeyError] = []
    for act in (partial(_act_out, lease, names), partial(_drop_leftovers, lease, names)):
        try:
            act()
        except LeaseLost:
            raise
        except SecondkeyError as failed:
            problems.append(failed)
    return tuple(problems)


def _act_out(lease: Lease, names: Names) -> None:
    """As a restore does it, from creating to the swap, with a session in the way."""
    _drop_leftovers(lease, names)
    with in_words("creating two tiny databases"), lease.acting() as connection:
        oids = {name: _create(connection, lease.live, name) for name in (names.live, names.candidate)}
    with closing(connect(lease.dsn_of(names.live), purpose=lease.purpose)):
        put_up(lease, [names.live, names.candidate])
    properties = properties_of(lease.connection, names.live)
    if properties is not None:
        tried = replace(properties, settings=((None, "lock_timeout=7s"),), comment="a proof of Secondkey")
        carry_over(lease, names.candidate, tried)
    swap(lease, names, live_oid=oids[names.live], candidate_oid=oids[names.candidate])
    with connect(lease.dsn_of(names.live), purpose=lease.purpose) as swapped:
        if swapped.execute("SHOW lock_timeout").fetchone() != ("7s",):
            raise CommandFailed("a setting of a database was not carried over", "ask again")


def _create(connection: Connection, live: str, name: str) -> int:
    """With the live database's owner, or as our own where it is not there."""
    there = properties_of(connection, live) or properties_of(connection, "template0")
    if there is None:
        raise CommandFailed("the server has no template0", "a DBA makes it anew")
    owner = there.owner if live in present(connection, [live]) else connection.info.user
    connection.execute(creating(name, owner=owner, encoding=there.encoding, locale=locale_of(there)))
    return present(connection, [name])[name].oid


def _drop_leftovers(lease: Lease, names: Names) -> None:
    for name, found in lease.present(names.live, names.candidate, names.aside).items():
        drop(lease, name, found.oid)
