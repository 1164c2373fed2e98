"""The workspace as it is now: who is there, who is where, and the ids and times that it gives out."""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from bot.simulator.errors import SlackError
from bot.simulator.store import Store
from bot.simulator.workspace import Channel, Group, Person, Workspace

_WORKSPACE = TypeAdapter(Workspace)
_CHANNEL = TypeAdapter(Channel)
#: Told the place that changed, and who may know; None where it is everybody who sees the place.
Watcher = Callable[[str, frozenset[str] | None], None]


class World:
    """Everything that is remembered. Used from one thread only."""

    def __init__(self, store: Store, workspace: Workspace) -> None:
        self._store = store
        self._watchers: list[Watcher] = []
        self.workspace = self._remembered(workspace)
        self._people = {person.id: person for person in self.workspace.people}

    @property
    def store(self) -> Store:
        return self._store

    @property
    def app(self) -> Person:
        """The app's own bot user, named as the app is."""
        return self._people[self.workspace.bot_user_id]

    @property
    def people(self) -> Iterable[Person]:
        return self._people.values()

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.workspace.groups

    @property
    def channels(self) -> list[Channel]:
        return [_CHANNEL.validate_python(found) for found in self._store.all("channel")]

    def transaction(self) -> AbstractContextManager[None]:
        return self._store.transaction()

    def person(self, user_id: str) -> Person:
        found = self._people.get(user_id)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, channel_id: str) -> Channel:
        found = self._store.get("channel", channel_id)
        if found is None:
            raise SlackError("channel_not_found")
        return _CHANNEL.validate_python(found)

    def put_channel(self, channel: Channel) -> None:
        self._store.put("channel", channel.id, _CHANNEL.dump_python(channel, mode="json"))

    def put_group(self, group: Group) -> None:
        """Change who is in a group."""
        others = (one for one in self.workspace.groups if one.id != group.id)
        self._keep(replace(self.workspace, groups=(*others, group)))

    def put_person(self, person: Person) -> None:
        """Change what Slack says of a person."""
        self._people[person.id] = person
        self._keep(replace(self.workspace, people=tuple(self._people.values())))

    def direct_channel(self, person: Person) -> Channel:
        """The conversation of the app with a person; it is there before the first word."""
        members = (person.id, self.app.id)
        return Channel(id=f"D{person.id[1:]}", name="directmessage", members=members, person=person.id)

    def open_direct_channel(self, person: Person) -> Channel:
        channel = self.direct_channel(person)
        if self._store.get("channel", channel.id) is None:
            self.put_channel(channel)
        return channel

    def sees(self, person: Person, channel: Channel) -> bool:
        """Public channels are open to everybody here, so that a script can try what outsiders would."""
        return not (channel.is_private or channel.is_direct) or person.id in channel.members

    def next_ts(self) -> str:
        """A message's time, which is its id as well: never given twice, and always later."""
        last = int((self._store.get("counter", "ts") or {"value": 0})["value"])
        value = max(time.time_ns() // 1000, last + 1)
        self._store.put("counter", "ts", {"value": value})
        return f"{value // 1_000_000}.{value % 1_000_000:06d}"

    def next_id(self, letter: str) -> str:
        """The next id of its kind: `V00000001`."""
        value = int((self._store.get("counter", letter) or {"value": 0})["value"]) + 1
        self._store.put("counter", letter, {"value": value})
        return f"{letter}{value:08d}"

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell the watcher of every change; returns what ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def changed(self, place: str, only: frozenset[str] | None = None) -> None:
        for watcher in list(self._watchers):
            watcher(place, only)

    def _keep(self, workspace: Workspace) -> None:
        """The manifest is given anew each time."""
        self.workspace = workspace
        kept: dict[str, Any] = _WORKSPACE.dump_python(replace(workspace, manifest={}), mode="json")
        self._store.put("workspace", "", kept)

    def _remembered(self, given: Workspace) -> Workspace:
        """What was there before, with the manifest that is given now; else all of what is given."""
        known = self._store.get("workspace", "")
        if known is not None:
            return replace(_WORKSPACE.validate_python(known), manifest=given.manifest)
        with self._store.transaction():
            self._keep(given)
            for channel in given.channels:
                self.put_channel(channel)
        return given
