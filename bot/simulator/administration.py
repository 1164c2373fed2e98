"""What admins and authors do to a workspace: delete messages, archive and share channels, change groups."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.simulator import messages
from bot.simulator.core import Core
from bot.simulator.errors import ScriptError
from bot.simulator.naming import Naming
from bot.simulator.workspace import Channel

Body = Mapping[str, Any]


async def delete(core: Core, channel: Channel, ts: str) -> Body:
    """Delete a message, as an admin may delete anybody's."""
    with core.world.transaction():
        messages.delete(core.world, channel, ts)
    return {"ok": True}


async def change_channel(core: Core, channel: Channel, body: Body) -> Body:
    """`archived`, `shared`: true or false; `members`: who is in it from now on, by id or name."""
    naming = Naming(core.world)
    changed = replace(
        channel,
        is_archived=bool(body.get("archived", channel.is_archived)),
        is_shared=bool(body.get("shared", channel.is_shared)),
        members=tuple(naming.person(one).id for one in body.get("members", channel.members)),
    )
    with core.world.transaction():
        core.world.put_channel(changed)
    core.world.changed(channel.id)
    if changed.is_shared and not channel.is_shared:
        await core.events.send("channel_shared", {"type": "channel_shared", "channel": channel.id}, changed)
    return {"ok": True}


async def change_group(core: Core, body: Body) -> Body:
    """`handle` of the group, and its `members` from now on, by id or name."""
    group = next((one for one in core.world.groups if one.handle == body.get("handle")), None)
    if group is None:
        raise ScriptError(404, f"there is no group {body.get('handle')!r}", "handles have no @")
    members = tuple(Naming(core.world).person(one).id for one in body.get("members", ()))
    with core.world.transaction():
        core.world.put_group(replace(group, members=members))
    added, removed = set(members) - set(group.members), set(group.members) - set(members)
    event = {
        "type": "subteam_members_changed",
        "subteam_id": group.id,
        "team_id": core.workspace.id,
        "added_users": sorted(added),
        "removed_users": sorted(removed),
    }
    await core.events.send("subteam_members_changed", event, None)
    return {"ok": True}


async def change_person(core: Core, body: Body) -> Body:
    """`user`, and the `flags` of Slack's user object that are true of them from now on: `["deleted"]`."""
    person = Naming(core.world).person(body.get("user"))
    with core.world.transaction():
        core.world.put_person(replace(person, flags=tuple(body.get("flags", ()))))
    return {"ok": True}
