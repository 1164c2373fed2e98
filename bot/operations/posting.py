"""Puts messages into the outbox, within Slack's limits, in the transaction of the fact that they report."""

from typing import Any

from psycopg import Connection

from bot.slack.blocks import Message
from bot.store import outbox


def post(connection: Connection[Any], key: str, channel: str, message: Message) -> None:
    """To a channel (its id or name) or a person; one message for a key, updated in place."""
    limited = message.limited()
    outbox.show(connection, key=key, channel=channel, text=limited.text, blocks=list(limited.blocks))


def reply(connection: Connection[Any], key: str, parent: str, message: Message) -> None:
    """In the thread of the message `parent`, which was shown earlier in this transaction."""
    limited = message.limited()
    outbox.reply(connection, key=key, parent=parent, text=limited.text, blocks=list(limited.blocks))
