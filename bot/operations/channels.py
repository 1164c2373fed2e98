"""Where an operation's message goes: counts are shown in the database's channel, or to the asker alone."""

from bot.errors import SecondkeyError
from bot.operations.services import Services
from bot.slack.directory import Channel


def for_everybody(services: Services, name: str, user_id: str) -> str:
    """The database's channel; a direct message to the asker where that channel is not fit for it."""
    channel = _channel_of(services, name)
    return user_id if channel is None or channel.problem else channel.id


def where_asked(services: Services, name: str, asked_in: str, user_id: str) -> str:
    """The database's channel where it was asked there, else a direct message to the asker."""
    channel = for_everybody(services, name, user_id)
    return channel if channel == asked_in else user_id


def _channel_of(services: Services, name: str) -> Channel | None:
    try:
        return services.slack.channel(services.database(name).channel)
    except SecondkeyError:
        return None
