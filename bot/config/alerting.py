"""Whom alerts reach, beside the channel: a group that is called, and systems that page people."""

import stat
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from bot.config.problems import problem
from bot.config.scheduling import UNIVERSAL, Times, TimeZone
from bot.config.section import Section
from bot.config.values import Duration, Person, RelativePath

#: More of them would keep each other waiting.
MOST_WEBHOOKS = 8
_EXAMPLE = '"https://alertmanager.example.org/api/v2/alerts"'


def _check_wait(value: timedelta) -> timedelta:
    if value < timedelta(minutes=1):
        raise problem("is too short: nobody could have reacted", 'escalate_after = "5m"')
    return value


def _check_webhook(url: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(url.get_secret_value())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise problem("is no address that could be posted to", _EXAMPLE)
    return url


def _check_webhooks(urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if len(urls) > MOST_WEBHOOKS:
        raise problem(f"names more than {MOST_WEBHOOKS}", "let one of them pass alerts on")
    return urls


def _check_file(path: Path) -> Path:
    _read(path)
    return path


def _read(path: Path) -> tuple[SecretStr, ...]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        raise problem("names a file that cannot be read", "check its name and its owner") from None
    if mode & 0o077:
        raise problem(f"names a file that others may read (mode {mode:o})", f"chmod 600 {path}")
    if not lines:
        raise problem("names a file that holds no address", f"write one a line: {_EXAMPLE}")
    return _check_webhooks(tuple(_check_webhook(SecretStr(line)) for line in lines))


_Wait = Annotated[Duration, AfterValidator(_check_wait)]
_Webhook = Annotated[SecretStr, AfterValidator(_check_webhook)]


class Alerts(Section):
    #: who is called when nobody looks into a critical alert; empty: the approvers of its database
    escalate_to: tuple[Person, ...] = ()
    #: so long after it was told, and then again and again, each time after twice as long
    escalate_after: _Wait = timedelta(minutes=5)
    #: addresses that take alerts as Alertmanager does; secret, because they may hold a token
    webhooks: Annotated[tuple[_Webhook, ...], AfterValidator(_check_webhooks)] = ()
    #: the same secrets, one a line, in a file that only we may read
    webhooks_file: Annotated[RelativePath, AfterValidator(_check_file)] | None = None
    #: counts of rows go there, too
    webhook_counts: bool = False
    #: when the digest of a day is posted; by default never
    digest: Times = None
    #: whose clock the digest goes by
    time_zone: TimeZone = UNIVERSAL

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where alerts are sent, as the file says now; never to be shown."""
        urls = (*self.webhooks, *(_read(self.webhooks_file) if self.webhooks_file else ()))
        return tuple(dict.fromkeys(url.get_secret_value() for url in urls))


class DatabaseAlerts(Section):
    """What is otherwise for one database; as for all where it is left out."""

    escalate_to: tuple[Person, ...] = ()
    escalate_after: _Wait | None = None
