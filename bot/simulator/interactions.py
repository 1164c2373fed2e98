"""What people do with the app: commands, buttons, forms, its Home."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot.simulator import envelopes, messages, response_urls, views
from bot.simulator.core import Core
from bot.simulator.errors import ScriptError, SlackError
from bot.simulator.forms import chosen, collected
from bot.simulator.limits import refuse_bad_view
from bot.simulator.messages import Message
from bot.simulator.sockets import Envelope, NotAcknowledged, NotConnected
from bot.simulator.workspace import Channel, Person

#: How long opening the Home waits for what the app publishes, in seconds.
HOME_WAIT = 3.0
#: `ok`, and the app's `response`; or `error` and `hint`
Outcome = dict[str, Any]


async def command(core: Core, person: Person, channel: Channel, name: str, text: str) -> Outcome:
    """Run a slash command, and show the person what the acknowledgement says."""
    if name not in {known["command"] for known in core.workspace.commands}:
        raise ScriptError(
            404, f"{name} is not a valid command", "GET /simulator/commands lists those there are"
        )
    with core.world.transaction():
        place = core.world.open_direct_channel(person) if channel.is_direct else channel
        token = response_urls.give(core.world, place, person.id)
    envelope = envelopes.slash_command(
        core.workspace,
        person,
        place,
        name,
        text.strip(),
        response_url=f"{core.url}/response/{token}",
        trigger_id=core.triggers.give(person.id),
    )
    outcome = await _deliver(core, envelope, name, place, person)
    answer = outcome.get("response", {})
    if answer.get("text") or answer.get("blocks"):
        _publish(core, place, person, answer)
    return outcome


async def tap(
    core: Core, person: Person, channel: Channel, message: Message, wanted: Mapping[str, Any]
) -> Outcome:
    """Use an element of a message: `wanted` has action_id, and block_id and value where they matter."""
    block, action = chosen(message.get("blocks") or [], wanted)
    is_private = bool(message.get("is_ephemeral"))
    with core.world.transaction():
        action["action_ts"] = core.world.next_ts()
        token = response_urls.give(core.world, channel, person.id, ts=message["ts"], is_private=is_private)
    place = {
        **envelopes.of_message(channel, message),
        "trigger_id": core.triggers.give(person.id),
        "response_url": f"{core.url}/response/{token}",
        "state": {"values": _state(block, action)},
    }
    envelope = envelopes.block_actions(core.workspace, person, action, place)
    return await _deliver(core, envelope, "What you tapped", channel, person)


async def tap_view(core: Core, person: Person, view: views.View, wanted: Mapping[str, Any]) -> Outcome:
    """Use an element of a view."""
    block, action = chosen(view["blocks"], wanted)
    with core.world.transaction():
        action["action_ts"] = core.world.next_ts()
    place = {
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": core.triggers.give(person.id),
        "view": {**view, "state": {"values": _state(block, action)}},
    }
    envelope = envelopes.block_actions(core.workspace, person, action, place)
    return await _deliver(core, envelope, "What you tapped", None, person)


async def submit(core: Core, person: Person, view: views.View, values: Mapping[str, Any]) -> Outcome:
    """Submit a modal, and do with it what the app answers: close, errors, update, push, clear."""
    filled = {**view, "state": {"values": collected(view["blocks"], values)}}
    envelope = envelopes.view_submission(core.workspace, person, filled, core.triggers.give(person.id))
    outcome = await _deliver(core, envelope, "What you submitted", None, person)
    if not outcome["ok"]:
        return outcome
    answer = outcome["response"]
    with core.world.transaction():
        _follow(core, person, view, answer)
    return {**outcome, "errors": answer.get("errors") or {}}


async def open_home(core: Core, person: Person) -> Outcome:
    """Open the app's Home, and wait a little for what the app publishes there."""
    published = asyncio.Event()
    stop = core.world.watch(
        lambda place, only: published.set() if place == "home" and person.id in (only or ()) else None
    )
    try:
        # An app that has nothing to show publishes nothing.
        with suppress(TimeoutError):
            if await core.events.send("app_home_opened", _home_opened(core, person), None):
                await asyncio.wait_for(published.wait(), HOME_WAIT)
    finally:
        stop()
    return {"ok": True, "published": published.is_set()}


def _home_opened(core: Core, person: Person) -> dict[str, Any]:
    with core.world.transaction():
        channel, ts = core.world.open_direct_channel(person), core.world.next_ts()
    event = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": channel.id,
        "tab": "home",
        "event_ts": ts,
    }
    before = views.home(core.world, person.id)
    return event if before is None else {**event, "view": before}


async def _deliver(
    core: Core, envelope: Envelope, what: str, channel: Channel | None, person: Person
) -> Outcome:
    """Give it to the app; where the app does not take it, the person is told in the channel."""
    try:
        return {"ok": True, "response": await core.sockets.deliver(envelope)}
    except NotConnected:
        code, why = "dispatch_failed", "the app is not responding: it is not connected"
    except NotAcknowledged:
        code, why = "operation_timeout", f"the app did not respond within {core.faults.patience:g} s"
    if channel is not None:
        _tell(core, channel, person, f"{what} failed: {why} (`{code}`)")
    return {"ok": False, "error": code, "hint": why}


def _publish(core: Core, channel: Channel, person: Person, answer: Mapping[str, Any]) -> None:
    """Show what an acknowledgement carries; what is wrong with it is told to the person."""
    try:
        with core.world.transaction():
            response_urls.publish(core.world, channel, person.id, answer)
    except SlackError as refusal:
        _tell(core, channel, person, f"The app's answer cannot be shown: `{refusal.code}`")


def _tell(core: Core, channel: Channel, person: Person, text: str) -> None:
    with core.world.transaction():
        messages.post_privately(core.world, channel, person.id, messages.by_slackbot(), {"text": text})


def _follow(core: Core, person: Person, view: views.View, answer: Mapping[str, Any]) -> None:
    """What the app's answer to a submitted modal does to the person's modals."""
    match answer.get("response_action"):
        case "errors":
            pass
        case "update":
            views.update(core.world, view["id"], _answered_view(answer))
        case "push":
            views.push(core.world, person.id, _answered_view(answer))
        case "clear":
            views.close_all(core.world, person.id)
        case _:
            views.close(core.world, view["id"])


def _answered_view(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    view: Mapping[str, Any] = answer.get("view") or {}
    refuse_bad_view(view, "modal")
    return view


def _state(block: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, Any]:
    """What is chosen, as Slack keeps it: nothing for buttons, and for others what was used just now."""
    held = {name: value for name, value in action.items() if name.startswith("selected")}
    if not held or action["type"] == "overflow":
        return {}
    return {block["block_id"]: {action["action_id"]: {"type": action["type"], **held}}}
