"""A message straight to Slack, for when the outbox cannot be reached; whether it arrives changes nothing."""

import structlog
from slack_sdk import WebClient

from bot.errors import SecondkeyError
from bot.slack.blocks import Message
from bot.slack.commands import with_prefix
from bot.slack.directory import Directory
from bot.slack.trouble import NO_ANSWER, trouble_of

log = structlog.get_logger()


class Announcement:
    """One message about one matter: posted once, updated from then on."""

    def __init__(self, client: WebClient, channel: str, command_prefix: str) -> None:
        self._client = client
        self._channel = channel
        self._command_prefix = command_prefix
        #: the channel and the time by which Slack knows it
        self._posted: tuple[str, str] | None = None

    def say(self, message: Message) -> None:
        """Show it; what keeps it from being shown is logged."""
        shown = with_prefix(message, self._command_prefix).limited()
        try:
            self._send(shown.text, list(shown.blocks))
        except NO_ANSWER as error:
            log.warning("nobody was told in Slack", reason=trouble_of(error).reason)
        except SecondkeyError as error:
            log.warning("nobody was told in Slack", reason=error.reason)

    def _send(self, text: str, blocks: list[dict[str, object]]) -> None:
        if self._posted is not None:
            channel, ts = self._posted
            self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
            return
        channel = Directory(self._client).channel(self._channel).id
        answer = self._client.chat_postMessage(channel=channel, text=text, blocks=blocks)
        self._posted = (answer["channel"], answer["ts"])
