"""What a team may choose about its deployments."""

from enum import StrEnum


class BackupPolicy(StrEnum):
    ALWAYS = "always"
    #: one that is younger than `backup.max_age` will do
    FRESH = "fresh"


class Unreachable(StrEnum):
    """What the gate does while the bot's own state cannot be reached."""

    BLOCK = "block"
    WARN = "warn"
