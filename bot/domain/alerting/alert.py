"""What an alert is about."""

from dataclasses import dataclass
from enum import StrEnum


class Matter(StrEnum):
    """What kind of thing is wrong: of each there is one alert at a time, for a database and a subject."""

    #: identity, tables, rows: what may be the loss of data
    DATA = "data"
    #: the history of migrations
    HISTORY = "history"
    #: nobody answers, so nobody knows
    UNREACHABLE = "unreachable"
    #: disk, archive, replicas, connections, long transactions; the subject is the finding's code
    SERVER = "server"
    #: backups missing, stale, failed, corrupt
    BACKUP = "backup"
    DRILL = "drill"
    #: something that was due did not happen; the subject is the schedule's name
    SCHEDULE = "schedule"
    #: the watch itself does not look
    WATCH = "watch"
    #: no word from Slack
    SLACK = "slack"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What an alert is about. The same cause never alerts twice while it is open."""

    matter: Matter
    #: the name in the configuration; empty where it is about the bot itself
    database: str = ""
    #: tells causes of one matter apart; empty where there is one only
    subject: str = ""

    @property
    def key(self) -> str:
        return "/".join((self.database or "secondkey", self.matter.value, self.subject)).rstrip("/")
