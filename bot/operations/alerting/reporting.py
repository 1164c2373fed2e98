"""Tells people what is wrong, once for each cause, and that it is over."""

from collections.abc import Sequence

from bot.domain.alerting.alert import Cause
from bot.domain.findings import Finding
from bot.operations.services import Services


def report(
    services: Services, cause: Cause, findings: Sequence[Finding], *, sure: str, done: Sequence[str] = ()
) -> None:
    """What is wrong is seen, again or for the first time: at most one alert, updated while it lasts.

    `sure` says how it is known: `counted at 12:04:07`. `done` is what the bot already did about it.
    Raises `Away` where the bot's own database does not answer.
    """
    raise NotImplementedError


def settle(services: Services, cause: Cause) -> None:
    """What was wrong is not there any more; nothing happens where no alert is open.

    Raises `Away` where the bot's own database does not answer.
    """
    raise NotImplementedError
