"""Configuration: `secondkey.toml` and the environment in, frozen models out; never built at import."""

from bot.config.loading import CONFIG_VARIABLE, DEFAULT_NAME, load, load_bot_token
from bot.config.models import Database, Migrations, Programs, Repository, Settings, Slack, State, Verify

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_NAME",
    "Database",
    "Migrations",
    "Programs",
    "Repository",
    "Settings",
    "Slack",
    "State",
    "Verify",
    "load",
    "load_bot_token",
]
