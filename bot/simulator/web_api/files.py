"""files.*: an upload in three steps; the second is no method, and needs no token."""

from bot.simulator import files, messages
from bot.simulator.errors import SlackError, invalid
from bot.simulator.rate_limits import TIER_4
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel


@method("files.getUploadURLExternal", scope="files:write", rate=TIER_4)
def get_upload_url(call: Call) -> Answer:
    length = call.required("length")
    if not length.isdecimal() or int(length) == 0:
        raise invalid("invalid_arguments", ["must be a number: length"])
    file_id, token = files.announce(call.world, call.required("filename"), int(length), call.text("alt_txt"))
    return {"file_id": file_id, "upload_url": f"{call.core.url}/upload/{file_id}/{token}"}


@method("files.completeUploadExternal", scope="files:write", rate=TIER_4)
def complete_upload(call: Call) -> Answer:
    """Share what was uploaded in one message; without a channel it stays private."""
    given = call.structure("files")
    if not isinstance(given, list) or not given:
        raise invalid("invalid_arguments", ["missing required field: files"])
    shared = [files.complete(call.world, str(each.get("id")), str(each.get("title") or "")) for each in given]
    if call.text("channel_id"):
        channel, thread_ts = _channel(call), call.text("thread_ts")
        content = {"text": call.text("initial_comment"), "files": shared, "upload": True}
        place = {"thread_ts": thread_ts} if thread_ts else {}
        messages.post(call.world, channel, messages.by_app(call.world), {**content, **place})
    return {"files": shared}


def _channel(call: Call) -> Channel:
    channel = call.world.channel(call.text("channel_id"))
    if call.world.app.id not in channel.members:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel
