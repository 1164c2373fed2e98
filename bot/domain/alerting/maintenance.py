"""Maintenance windows: what is meant to happen wakes nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.deploying.gate import ALL

#: Nobody forgets to end one for longer.
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class MaintenanceWindow:
    """Alerts of a database are told calmly until then."""

    #: the name in the configuration, or `all`
    scope: str
    by: str
    reason: str
    since: datetime
    until: datetime

    def covers(self, database: str) -> bool:
        return self.scope in (ALL, database)
