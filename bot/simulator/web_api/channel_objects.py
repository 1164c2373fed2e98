"""A channel as Slack describes it to the app."""

from typing import Any

from bot.simulator.web_api.registry import Call
from bot.simulator.workspace import Channel

#: Slack's type of a channel → the first word of its scopes.
SCOPES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def kind_of(channel: Channel) -> str:
    if channel.is_direct:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def shown(call: Call, channel: Channel) -> dict[str, Any]:
    """Slack's conversation object."""
    common = {"id": channel.id, "created": 1700000000, "is_archived": channel.is_archived}
    if channel.is_direct:
        return {**common, "is_im": True, "user": channel.person, "is_org_shared": False}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "creator": channel.creator,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_general": channel.name == "general",
        "is_member": call.world.app.id in channel.members,
        "is_shared": channel.is_shared,
        "is_ext_shared": channel.is_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": call.core.workspace.id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }
