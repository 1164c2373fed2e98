"""When things are done that nobody asks for."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from bot.config.problems import problem
from bot.domain.scheduling import cron
from bot.domain.scheduling.cron import Cron
from bot.errors import UsageError

#: Said in place of a cron expression.
OFF = "off"


def _read_times(value: Any) -> Any:
    if not isinstance(value, str):
        raise problem("is no cron expression", '"0 2 * * *" is every day at 02:00; "off" is never')
    if value.strip() == OFF:
        return None
    try:
        return cron.read(value)
    except UsageError as wrong:
        raise problem(wrong.reason, f'{wrong.hint}; "off" is never') from None


def _read_zone(value: Any) -> Any:
    try:
        return ZoneInfo(value)
    except (ValueError, TypeError, OSError, LookupError):
        raise problem(
            "is not a time zone that this machine knows", 'write its IANA name: "Europe/Berlin", "UTC"'
        ) from None


#: None is never.
Times = Annotated[Cron | None, BeforeValidator(_read_times)]
TimeZone = Annotated[ZoneInfo, BeforeValidator(_read_zone)]

DAILY = cron.read("0 2 * * *")
#: After the daily backup, so that what is deleted has a successor.
RETENTION = cron.read("0 4 * * *")
WEEKLY = cron.read("0 5 * * 0")
UNIVERSAL = ZoneInfo("UTC")
