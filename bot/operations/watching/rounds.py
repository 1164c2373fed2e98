"""Looks at what changes slowly around a database: its server, and what it would be restored from."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from bot import wording
from bot.domain.alerting.alert import Matter
from bot.domain.judgement import judge
from bot.domain.observation import Observation, ServerFacts, Unseen
from bot.domain.restoring.plan import Room
from bot.domain.watching import rounds
from bot.operations import room
from bot.operations.alerting import reporting
from bot.operations.facts import backup_facts, server_facts
from bot.operations.observing import compare
from bot.operations.services import Services
from bot.store import baselines

#: How often, in seconds.
EVERY = 60.0
#: Every backup's documents are read and their signatures checked, and a command of others is run: only in so
#: many of the rounds.
SELDOM = 5


class Rounds:
    """One after the other, every database that was accepted."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._turns = count()
        #: of each server whose volume a command knows
        self._room: dict[str, Room] = {}

    def __call__(self, should_stop: Callable[[], bool]) -> None:
        matters = [Matter.SERVER]
        if next(self._turns) % SELDOM == 0:
            matters.append(Matter.BACKUP)
        for name in self._services.settings.watched:
            if should_stop():
                return
            if (observation := self._look(name, matters)) is not None:
                self._tell(observation, matters)

    def _look(self, name: str, matters: list[Matter]) -> Observation | None:
        """Its contents are another's to look at: here it stands as it was accepted."""
        services = self._services
        with services.store.transaction() as connection:
            baseline = baselines.current(connection, name)
        if baseline is None:
            return None
        observation = compare(services, name, baseline.state)
        if Matter.BACKUP in matters or name not in self._room:
            self._look_for_room(name)
        facts = self._with_room(name, server_facts(services, name, baseline.state))
        observation = replace(observation, server=facts)
        if Matter.BACKUP in matters:
            observation = replace(observation, backups=backup_facts(services, name))
        return observation

    def _look_for_room(self, name: str) -> None:
        if self._services.database(name).restore.disk_free is not None:
            self._room[name] = room.look(self._services, name, needed=0)

    def _with_room(self, name: str, facts: ServerFacts) -> ServerFacts:
        found = self._room.get(name)
        if found is None or found.free is not None:
            return replace(facts, server_free_bytes=found.free if found else None)
        unknown = Unseen(
            what=rounds.DISK_FREE,
            reason=f"how much room the server has is not known: {found.problem}",
            hint="run the command by hand, as the bot's own account",
        )
        return replace(facts, unseen=(*facts.unseen, unknown))

    def _tell(self, observation: Observation, matters: list[Matter]) -> None:
        sure = f"looked at {wording.moment(observation.now)}"
        verdict = judge(observation)
        for cause, found in rounds.by_cause(observation, verdict, matters).items():
            reporting.report_or_settle(self._services, cause, found, sure=sure)
