"""A message straight to Slack, for when the outbox cannot be reached; whether it arrives changes nothing."""

from collections.abc import Callable

import structlog
from slack_sdk import WebClient

from bot.errors import SecondkeyError
from bot.slack.blocks import Message
from bot.slack.commands import with_prefix
from bot.slack.directory import Directory
from bot.slack.trouble import NO_ANSWER, trouble_of

log = structlog.get_logger()


class Announcement:
    """One message about one matter, posted once and updated from then on; and what is to wake people."""

    def __init__(self, client: WebClient, channel: str, command_prefix: str) -> None:
        self._client = client
        self._channel = channel
        self._command_prefix = command_prefix
        #: the channel and the time by which Slack knows it
        self._posted: tuple[str, str] | None = None

    def say(self, message: Message) -> None:
        """Show how it stands; what keeps it from being shown is logged."""
        self._try(self._show, message)

    def alarm(self, message: Message) -> None:
        """The same as a message of its own: an update wakes nobody."""
        self._try(self._post, message)

    def _try(self, send: Callable[[Message], object], message: Message) -> None:
        shown = with_prefix(message, self._command_prefix).limited()
        try:
            send(shown)
        except NO_ANSWER as error:
            log.warning("nobody was told in Slack", reason=trouble_of(error).reason)
        except SecondkeyError as error:
            log.warning("nobody was told in Slack", reason=error.reason)

    def _show(self, message: Message) -> None:
        if self._posted is None:
            self._posted = self._post(message)
            return
        channel, ts = self._posted
        self._client.chat_update(channel=channel, ts=ts, text=message.text, blocks=list(message.blocks))

    def _post(self, message: Message) -> tuple[str, str]:
        channel = Directory(self._client).channel(self._channel).id
        answer = self._client.chat_postMessage(
            channel=channel, text=message.text, blocks=list(message.blocks)
        )
        return answer["channel"], answer["ts"]
