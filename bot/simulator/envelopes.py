"""What Slack sends when a person does something: slash commands, taps, submitted forms."""

from collections.abc import Mapping
from typing import Any

from bot.simulator.sockets import Envelope
from bot.simulator.workspace import Channel, Person, Workspace


def slash_command(
    workspace: Workspace,
    person: Person,
    channel: Channel,
    command: str,
    text: str,
    *,
    response_url: str,
    trigger_id: str,
) -> Envelope:
    payload = {
        "token": "simulated",
        "team_id": workspace.id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name.lower(),
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }
    return Envelope(type="slash_commands", payload=payload)


def block_actions(
    workspace: Workspace, person: Person, action: Mapping[str, Any], place: Mapping[str, Any]
) -> Envelope:
    """`place` is what only a message or only a view adds: container, channel, message, view …"""
    payload = {
        "type": "block_actions",
        **_interaction(workspace, person),
        "state": {"values": {}},
        **place,
        "actions": [dict(action)],
    }
    return Envelope(type="interactive", payload=payload)


def view_submission(
    workspace: Workspace, person: Person, view: Mapping[str, Any], trigger_id: str
) -> Envelope:
    payload = {
        "type": "view_submission",
        **_interaction(workspace, person),
        "trigger_id": trigger_id,
        "view": dict(view),
        "response_urls": [],
    }
    return Envelope(type="interactive", payload=payload)


def of_message(channel: Channel, message: Mapping[str, Any]) -> dict[str, Any]:
    """What a tap in a message says of its place; of an ephemeral message Slack sends no copy."""
    is_private = bool(message.get("is_ephemeral"))
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": is_private,
    }
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    place = {"container": container, "channel": {"id": channel.id, "name": channel_name(channel)}}
    return place if is_private else {**place, "message": dict(message)}


def channel_name(channel: Channel) -> str:
    if channel.is_private and not channel.is_direct:
        return "privategroup"
    return channel.name


def _interaction(workspace: Workspace, person: Person) -> dict[str, Any]:
    return {
        "user": {
            "id": person.id,
            "username": person.name.lower(),
            "name": person.name.lower(),
            "team_id": person.team_id,
        },
        "api_app_id": workspace.app_id,
        "token": "simulated",
        "team": {"id": workspace.id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
