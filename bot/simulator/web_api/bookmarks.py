"""bookmarks.*: links above a channel's messages."""

from urllib.parse import urlsplit

from bot.simulator import bookmarks
from bot.simulator.errors import SlackError
from bot.simulator.rate_limits import TIER_2, TIER_3
from bot.simulator.web_api.registry import Answer, Call, method


@method("bookmarks.add", scope="bookmarks:write", rate=TIER_2)
def add(call: Call) -> Answer:
    channel, title = call.joined_channel("channel_id"), call.required("title")
    if call.required("type") != "link":
        raise SlackError("invalid_bookmark_type")
    if urlsplit(call.text("link")).scheme not in ("http", "https"):
        raise SlackError("invalid_link")
    if channel.is_archived:
        raise SlackError("is_archived")
    return {"bookmark": bookmarks.add(call.world, channel, title, call.text("link"), call.text("emoji"))}


@method("bookmarks.list", scope="bookmarks:read", rate=TIER_3)
def list_bookmarks(call: Call) -> Answer:
    return {"bookmarks": bookmarks.of_channel(call.world, call.joined_channel("channel_id"))}
