"""The plan of a restore: gathers facts, touches nothing, and refuses early, each time with the next move."""

import time
from dataclasses import dataclass
from datetime import timedelta

from psycopg.conninfo import conninfo_to_dict

from bot.domain.binding import Facts
from bot.domain.observation import Unreadable
from bot.domain.restoring.changes import Change, changes, written_since
from bot.domain.restoring.facts import bind
from bot.domain.restoring.plan import Origin, Plan, Room
from bot.domain.restoring.schema import compare
from bot.domain.restoring.target import Target, find_target
from bot.domain.restoring.traffic import Traffic
from bot.domain.state import Baseline, State
from bot.operations import copies, room, surroundings
from bot.operations.incoming import Incoming
from bot.operations.observing import Reading, read
from bot.operations.services import Services
from bot.postgres.naming import Names
from bot.store import backups, baselines, made

#: The swap itself, and the sessions that are ended for it.
SWAP = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was found, beside what is to take its place."""

    target: Target
    #: None where there is no database
    live: State | None
    changes: tuple[Change, ...]
    facts: Facts


def plan(
    services: Services,
    name: str,
    incoming: Incoming,
    *,
    names: Names,
    reading: Reading,
    passed_over: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
) -> Plan:
    """Exactly what would be done; raises `Refused` where it may not be."""
    database = services.database(name)
    began = time.monotonic()
    found = look(services, name, incoming, reading)
    counting = timedelta(seconds=time.monotonic() - began)
    return Plan(
        database=name,
        environment=database.environment,
        source=incoming.source,
        passed_over=passed_over,
        target=found.target,
        changes=found.changes,
        written=written_since(found.live, incoming.state),
        schema=compare(incoming.state.history, found.live.history if found.live else None),
        left_out=left_out,
        surroundings=surroundings.look(services, name, found.target, incoming, reading.purpose),
        traffic=database.traffic.commands,
        outage=_outage(counting, found.live, incoming.state),
        room=_room(services, name, incoming, found.target.bound.server),
        aside="" if found.target.absent else names.aside,
        keep_aside=database.restore.keep_aside,
        facts=found.facts,
    )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the bot knows of a database without asking it."""

    #: what it is called on its server
    name: str
    baseline: Baseline | None
    #: the ids of the markers in its backups, and of those that restores wrote
    markers: frozenset[str]
    traffic: Traffic


def remember(services: Services, name: str) -> Memory:
    """Asks the bot's own database; while the fence is up, nobody has to."""
    configured = services.database(name)
    with services.store.transaction() as connection:
        baseline = baselines.current(connection, name)
        known = backups.list_backups(connection, name)
        ours = made.markers(connection, name)
    identities = (backup.manifest.state.identity for backup in known)
    return Memory(
        name=str(conninfo_to_dict(configured.dsn.get_secret_value()).get("dbname", "")),
        baseline=baseline,
        markers=ours | {found.marker.id for found in identities if found.marker},
        traffic=configured.traffic.commands,
    )


def look(services: Services, name: str, incoming: Incoming, reading: Reading) -> Situation:
    """The live database beside what is to take its place, counted now; raises `Refused`."""
    return judge(remember(services, name), incoming, read(services, name, reading))


def judge(
    memory: Memory, incoming: Incoming, state: State | Unreadable, accepted: tuple[str, ...] = ()
) -> Situation:
    """The same of a state that was read already; `accepted` are tables approved uncounted."""
    target = find_target(memory.name, state, memory.baseline, memory.markers)
    live = None if isinstance(state, Unreadable) else state
    found = changes(live, incoming.state, memory.baseline)
    facts = bind(target.bound, incoming.bound, memory.traffic, found, accepted)
    return Situation(target=target, live=live, changes=found, facts=facts)


def _room(services: Services, name: str, incoming: Incoming, server: str) -> Room | None:
    """Raises `Refused` where the copy is known not to fit."""
    source = incoming.bound
    if incoming.source.origin is not Origin.BACKUP:
        return None
    if copies.recorded(services, name, source.name, source.checksum, server):
        return None
    found = room.look(services, name, incoming.state.size_bytes)
    room.refuse_too_small(services, name, found)
    return found


def _outage(counting: timedelta, live: State | None, then: State) -> timedelta:
    """The live database is counted twice while nobody is in it, and what takes its place once."""
    larger = then.size_bytes / live.size_bytes if live and live.size_bytes else 1.0
    return counting * (2 + max(1.0, larger)) + SWAP
