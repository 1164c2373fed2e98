"""Whether a restore would be able to do its work: tried out on the day of adoption, not at night."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from pydantic import TypeAdapter

from bot.domain.observation import Lack
from bot.errors import Refused, SecondkeyError
from bot.operations.services import Services
from bot.postgres.connection import describe
from bot.postgres.lease import Lease, LeaseLost, hold
from bot.postgres.swap_proof import prove_swap
from bot.store import baselines, facts

#: What was granted may be revoked: an older proof is made again when somebody asks.
FRESH = timedelta(days=1)

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The newest try of one database, as it is kept."""

    #: what it holds for: the restoring login and where it leads, and whether a superuser's helps
    login: str
    has_admin: bool
    at: datetime
    cannot_restore: tuple[Lack, ...] = ()
    cannot_swap: tuple[Lack, ...] = ()

    @property
    def lacks(self) -> tuple[Lack, ...]:
        return (*self.cannot_restore, *self.cannot_swap)


_PROOF = TypeAdapter(Proof)


def current(services: Services, name: str) -> Proof | None:
    """What is known of an adopted database; tried again where that is old or was no good, for a GRANT may
    have cured it. None where it is not adopted, or where somebody is changing it."""
    with services.store.transaction() as connection:
        if baselines.current(connection, name) is None:
            return None
        kept = facts.get(connection, _fact(name))
    proof = None if kept is None else _PROOF.validate_python(kept)
    if proof is not None and _holds(services, name, proof):
        return proof
    return prove(services, name) or proof


def prove(services: Services, name: str) -> Proof | None:
    """Try it now, and keep what was found; None where somebody is changing the database.

    Beside the live database, which is only looked at.
    """
    found = _try(services, name)
    if found is not None:
        with services.store.transaction() as connection:
            facts.put(connection, _fact(name), _PROOF.dump_python(found, mode="json"))
    return found


def prove_adopted(services: Services) -> None:
    """At start: databases that were adopted and never proven, or not as they are configured now."""
    for name in services.settings.databases:
        proof = current(services, name)
        for lack in proof.lacks if proof else ():
            log.warning("a restore would fail", database=name, reason=lack.reason, hint=lack.hint)


def _holds(services: Services, name: str, proof: Proof) -> bool:
    same = (proof.login, proof.has_admin) == (describe(_login(services, name)), _has_admin(services, name))
    return same and not proof.lacks and services.store.now() - proof.at < FRESH


def _try(services: Services, name: str) -> Proof | None:
    restoring, has_admin, at = _login(services, name), _has_admin(services, name), services.store.now()
    try:
        with _lease(services, name) as lease:
            found = prove_swap(lease, has_admin=has_admin)
            restore, swap = found.cannot_restore, found.cannot_swap
    except LeaseLost:
        return None
    except SecondkeyError as failed:
        if isinstance(failed, Refused) and failed.code == "already-running":
            return None
        restore, swap = (Lack(reason=failed.reason, hint=failed.hint),), ()
    return Proof(
        login=describe(restoring), has_admin=has_admin, at=at, cannot_restore=restore, cannot_swap=swap
    )


@contextmanager
def _lease(services: Services, name: str) -> Iterator[Lease]:
    """Never taken from anybody who is at work."""
    with hold(
        _login(services, name),
        purpose=f"proof-{uuid4().hex[:8]}",
        maintenance_database=services.database(name).maintenance_database,
        take_over=False,
    ) as lease:
        yield lease


def _login(services: Services, name: str) -> str:
    database = services.database(name)
    return (database.restore_dsn or database.dsn).get_secret_value()


def _has_admin(services: Services, name: str) -> bool:
    return services.database(name).admin_dsn is not None


def _fact(name: str) -> str:
    return f"swap-proof:{name}"
