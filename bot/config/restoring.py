"""How a database is restored: what stops and starts its traffic, and what a restore may do by itself."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from bot.config.problems import problem
from bot.config.section import Section
from bot.config.values import Duration
from bot.domain.restoring.traffic import Prepare, Traffic

_STOP = 'stop = [["kubectl", "scale", "deployment/backend", "--replicas=0"]]'
_DISK_FREE = 'disk_free = ["ssh", "db.example.org", "findmnt", "-bno", "AVAIL", "-T", "/var/lib/postgresql"]'


def _check_command(example: str, value: Any) -> Any:
    """A program and its arguments; nothing here is ever read by a shell."""
    words = value if isinstance(value, list | tuple) else []
    if not words or not all(isinstance(word, str) for word in words) or not words[0].strip():
        raise problem("is not a command as a list of its words", example)
    return value


Command = Annotated[tuple[str, ...], BeforeValidator(partial(_check_command, _STOP))]
DiskFree = Annotated[tuple[str, ...], BeforeValidator(partial(_check_command, _DISK_FREE))]


class TrafficCommands(Section):
    """What stops and starts the application, and asks whether it answers."""

    stop: tuple[Command, ...] = ()
    start: tuple[Command, ...] = ()
    check: tuple[Command, ...] = ()
    #: how long each of the commands may take
    time_limit: Duration = timedelta(minutes=2)

    @model_validator(mode="after")
    def _both_ways(self) -> "TrafficCommands":
        if bool(self.stop) != bool(self.start):
            raise problem("stop and start belong together", "what was stopped must be started again")
        return self

    @property
    def commands(self) -> Traffic:
        """As the rules and the plan know them."""
        return Traffic(stop=self.stop, start=self.start, check=self.check)


def _check_days(value: timedelta) -> timedelta:
    if value < timedelta(days=1):
        raise problem("is less than a day", 'a set-aside database is the way back: keep it for longer, "7d"')
    return value


class Restore(Section):
    #: when the copy is restored beside: when it is asked for, or when it is approved
    prepare: Prepare = Prepare.AT_REQUEST
    #: how long a set-aside database is kept
    keep_aside: Annotated[Duration, AfterValidator(_check_days)] = timedelta(days=7)
    #: prints how many bytes are free on the protected server's volume, as its first line
    disk_free: DiskFree | None = None
    #: how long it may take
    disk_free_time: Duration = timedelta(seconds=10)
