"""Where backups are restored to see whether they do."""

from bot.config.scheduling import WEEKLY, Times
from bot.config.section import Section
from bot.config.values import Dsn


class Drill(Section):
    #: when there is one that nobody asks for
    schedule: Times = WEEKLY
    #: a server that protects nothing, and a login without superuser there; None for a throw-away cluster
    staging_dsn: Dsn | None = None
