"""Reactions: each is only a hint that a request is to be looked at; how people voted is read from Slack.

Below a deployment's report one ticks the checklist; 👀 below an alert says that somebody looks into it;
📌 on a message of an incident puts it into the timeline.
"""

from typing import Any

from bot.operations import deciding
from bot.operations.alerting import acknowledging
from bot.operations.deploying import testing
from bot.operations.incidents import pinning
from bot.operations.services import Services


def changed(services: Services, body: dict[str, Any]) -> None:
    """A reaction came or went below some message."""
    item = body["event"].get("item") or {}
    if body["team_id"] == services.slack.team_id and item.get("type") == "message":
        deciding.hint(services, item["channel"], item["ts"])
        testing.reacted(services, body["event"])
        acknowledging.reacted(services, item["channel"], item["ts"])
        pinning.reacted(services, body["event"])


def everything_changed(services: Services) -> None:
    """Members of a group, or who is in a channel: any request may hang on it."""
    deciding.hint_all(services)
