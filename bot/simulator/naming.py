"""People and channels by id or by name, as scripts call them."""

from typing import Any

from bot.simulator.errors import ScriptError
from bot.simulator.workspace import Channel, Person
from bot.simulator.world import World


class Naming:
    def __init__(self, world: World) -> None:
        self._world = world

    def person(self, reference: Any) -> Person:
        """By id or name, with or without the @."""
        found = self._person(str(reference or ""))
        if found is None:
            names = ", ".join(person.name for person in self._world.people)
            raise ScriptError(404, f"there is no person {reference!r}", f"there are: {names}")
        return found

    def channel(self, reference: Any, person: Person | None) -> Channel:
        """By id or name; a person stands for their direct messages with the app.

        Refuses what `person` may not see; None may see all.
        """
        found = self._channel(str(reference or ""))
        if found is None:
            names = ", ".join(channel.name for channel in self._world.channels if not channel.is_direct)
            raise ScriptError(404, f"there is no channel {reference!r}", f"there are: {names}")
        if person is not None and not self._world.sees(person, found):
            raise ScriptError(403, f"{person.name} may not see {found.name}", "only its members do")
        return found

    def _channel(self, reference: str) -> Channel | None:
        name = reference.removeprefix("#").casefold()
        for channel in self._world.channels:
            if reference == channel.id or (not channel.is_direct and channel.name.casefold() == name):
                return channel
        person = self._person(reference)
        return None if person is None else self._world.direct_channel(person)

    def _person(self, reference: str) -> Person | None:
        name = reference.removeprefix("@").casefold()
        matching = (one for one in self._world.people if reference == one.id or name == one.name.casefold())
        return next(matching, None)
