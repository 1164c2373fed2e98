"""canvases.* and conversations.canvases.*: what a plan and an administrator allow."""

from bot.simulator import canvases
from bot.simulator.errors import SlackError, invalid
from bot.simulator.rate_limits import TIER_2, TIER_3
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel


@method("canvases.create", scope="canvases:write", rate=TIER_2)
def create(call: Call) -> Answer:
    """A canvas; with `channel_id` it is a tab there, which is all that a free plan may have."""
    _refuse_where_disabled(call)
    channel = _channel(call) if call.text("channel_id") else None
    if not call.core.workspace.is_paid:
        if channel is None:
            raise SlackError("free_teams_cannot_create_non_tabbed_canvases")
        if canvases.of_channel(call.world, channel):
            raise SlackError("free_team_canvas_tab_already_exists")
    markdown = _markdown(call, "document_content")
    return {"canvas_id": canvases.create(call.world, channel, call.text("title"), markdown, is_main=False)}


@method("conversations.canvases.create", scope="canvases:write", rate=TIER_2)
def create_for_channel(call: Call) -> Answer:
    """The one canvas of the channel itself."""
    _refuse_where_disabled(call)
    channel = _channel(call)
    if any(canvas["is_main"] for canvas in canvases.of_channel(call.world, channel)):
        raise SlackError("channel_canvas_already_exists")
    markdown = _markdown(call, "document_content")
    return {"canvas_id": canvases.create(call.world, channel, call.text("title"), markdown, is_main=True)}


@method("canvases.edit", scope="canvases:write", rate=TIER_3)
def edit(call: Call) -> Answer:
    """One change a call; of Slack's operations only the replacing of everything is known here."""
    changes = call.structure("changes")
    if not isinstance(changes, list) or len(changes) != 1:
        raise invalid("invalid_arguments", ["one change a call: changes"])
    (change,) = changes
    if change.get("operation") != "replace" or "section_id" in change:
        raise invalid("invalid_arguments", ["the simulated Slack replaces whole canvases only"])
    canvases.replace(call.world, call.required("canvas_id"), _text(change.get("document_content")))
    return {}


def _channel(call: Call) -> Channel:
    channel = call.joined_channel("channel_id")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _refuse_where_disabled(call: Call) -> None:
    if not call.core.workspace.has_canvases:
        raise SlackError("canvas_disabled_user_team")


def _markdown(call: Call, name: str) -> str:
    content = call.structure(name)
    return "" if content is None else _text(content)


def _text(content: object) -> str:
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise invalid("invalid_arguments", ["must be of the type markdown: document_content"])
    return str(content.get("markdown") or "")
