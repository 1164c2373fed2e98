"""Views: each person's Home of the app, and their stack of open modals."""

import secrets
from collections.abc import Mapping
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.messages import with_ids
from bot.simulator.world import World

#: One of Slack's view objects.
View = dict[str, Any]
#: How many modals may lie on one another.
STACK = 3
_HOME, _MODAL = "home", "modal"


def home(world: World, person_id: str) -> View | None:
    found = world.store.get(_HOME, person_id)
    return None if found is None else dict(found["view"])


def modals(world: World, person_id: str) -> list[View]:
    """The person's open modals, the topmost last."""
    return [dict(found["view"]) for found in world.store.all(_MODAL) if found["person"] == person_id]


def publish(world: World, person_id: str, given: Mapping[str, Any], expected_hash: str) -> View:
    """Put a Home in the place of the one before; raises `hash_conflict` where that is another."""
    before = home(world, person_id)
    if expected_hash and before and before["hash"] != expected_hash:
        raise SlackError("hash_conflict")
    view = _complete(world, given, before["id"] if before else world.next_id("V"))
    world.store.put(_HOME, person_id, {"person": person_id, "view": view})
    world.changed(_HOME, frozenset({person_id}))
    return view


def open_modal(world: World, person_id: str, given: Mapping[str, Any]) -> View:
    """Open a modal in the place of all that are open."""
    close_all(world, person_id)
    return _stack(world, person_id, given)


def push(world: World, person_id: str, given: Mapping[str, Any]) -> View:
    """Lay a modal on those that are open."""
    open_now = modals(world, person_id)
    if not open_now:
        raise SlackError("not_found")
    if len(open_now) >= STACK:
        raise SlackError("push_limit_reached")
    return _stack(world, person_id, given)


def update(world: World, view_id: str, given: Mapping[str, Any], expected_hash: str = "") -> View:
    """Put other contents into a view."""
    kind, key, found = _find(world, view_id)
    before = found["view"]
    if expected_hash and before["hash"] != expected_hash:
        raise SlackError("hash_conflict")
    if given["type"] != before["type"]:
        raise SlackError("invalid_arguments")
    place = {name: before[name] for name in ("root_view_id", "previous_view_id")}
    view = _complete(world, given, view_id) | place
    world.store.put(kind, key, {**found, "view": view})
    world.changed(_HOME, frozenset({found["person"]}))
    return view


def close(world: World, view_id: str) -> None:
    """Close a modal; the one below it is seen again."""
    kind, key, found = _find(world, view_id)
    world.store.delete(kind, key)
    world.changed(_HOME, frozenset({found["person"]}))


def close_all(world: World, person_id: str) -> None:
    for view in modals(world, person_id):
        close(world, view["id"])


def find(world: World, person_id: str, view_id: str) -> View:
    """A view that this person has before them."""
    _, _, found = _find(world, view_id)
    if found["person"] != person_id:
        raise SlackError("not_found")
    return dict(found["view"])


def find_external(world: World, external_id: str) -> str:
    """The id of the modal that the app knows by this name."""
    for found in world.store.all(_MODAL):
        if external_id and found["view"]["external_id"] == external_id:
            view_id: str = found["view"]["id"]
            return view_id
    raise SlackError("not_found")


def _find(world: World, view_id: str) -> tuple[str, str, Mapping[str, Any]]:
    modal = world.store.get(_MODAL, view_id)
    if modal is not None:
        return _MODAL, view_id, modal
    for found in world.store.all(_HOME):
        if found["view"]["id"] == view_id:
            return _HOME, found["person"], found
    raise SlackError("not_found")


def _stack(world: World, person_id: str, given: Mapping[str, Any]) -> View:
    below = modals(world, person_id)
    view = _complete(world, given, world.next_id("V"))
    if below:
        view |= {"root_view_id": below[0]["id"], "previous_view_id": below[-1]["id"]}
    world.store.put(_MODAL, view["id"], {"person": person_id, "view": view})
    world.changed(_HOME, frozenset({person_id}))
    return view


def _complete(world: World, given: Mapping[str, Any], view_id: str) -> View:
    workspace = world.workspace
    return {
        "id": view_id,
        "team_id": workspace.id,
        "app_id": workspace.app_id,
        "bot_id": workspace.bot_id,
        "app_installed_team_id": workspace.id,
        "state": {"values": {}},
        "hash": f"{world.next_ts()}.{secrets.token_hex(4)}",
        "root_view_id": view_id,
        "previous_view_id": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        **with_ids(given),
    }
