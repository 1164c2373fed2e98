"""Configuration: `secondkey.toml` and the environment in, frozen models out; never built at import."""

from bot.config.loading import CONFIG_VARIABLE, DEFAULT_NAME, load
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
]
