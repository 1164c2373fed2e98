"""Alerts for systems that page people: posted as Prometheus does, again and again while they last."""

import base64
import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from http.client import HTTPException
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import psycopg
import structlog

from bot.domain.alerting.alert import Alert
from bot.domain.alerting.paging import REMEMBERED, Labels, Page, over, page
from bot.errors import SecondkeyError
from bot.operations.services import Services
from bot.slack.views.alert import uncounted, what
from bot.store import alerts, maintenance
from bot.store.database import clock

log = structlog.get_logger()

#: How often is looked whether there is news, in seconds.
EVERY = 1.0
#: How often an alert that lasts is sent again, in seconds.
AGAIN = 60.0
#: How long an address may take to answer, in seconds.
PATIENCE = 5.0
#: How long is waited after a failure, in seconds; each time twice as long, and at most so long.
WAIT, LONGEST_WAIT = 2.0, 120.0
#: How long the bot's own database is waited for, and stopping for an answer; in seconds.
HASTE, LAST_ANSWER = 1.0, 2.0


class NotTaken(SecondkeyError):
    """The address did not take what was posted."""


def post(url: str, body: Any) -> None:
    """Raises `NotTaken`. Neither a log nor an error ever names more of the address than its host."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    headers = {"Content-Type": "application/json", "User-Agent": "secondkey"}
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    address = urlunsplit(parts._replace(netloc=place))
    request = Request(address, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - checked
    try:
        with build_opener(_NoRedirect).open(request, timeout=PATIENCE):
            return
    except HTTPError as refusal:
        refusal.close()
        problem = f"it answered {refusal.code}"
    except (OSError, HTTPException, ValueError) as away:
        problem = type(getattr(away, "reason", away)).__name__
    raise NotTaken(f"a webhook ({place}) did not take alerts: {problem}", "look into its own log")


class _NoRedirect(HTTPRedirectHandler):
    """What was meant for one address is given to no other."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


class Sender:
    """What one address was told so far."""

    def __init__(self, services: Services, url: str) -> None:
        self._services = services
        self._url = url
        #: by alert: under which labels it was sent, when that was over, and where Slack shows it
        self._told: dict[str, tuple[Labels, datetime | None, str]] = {}
        self._told_at = float("-inf")

    def send(self) -> None:
        """Tell what is news, and after a while all of it; raises `NotTaken`."""
        standing, links, now = self._look()
        pages = {alert.id: page_of(self._services, alert, now, links[alert.id]) for alert in standing}
        told = {alert.id: (pages[alert.id].labels, alert.resolved_at, links[alert.id]) for alert in standing}
        if told == self._told and time.monotonic() < self._told_at + AGAIN:
            return
        renamed = [
            over(self._told[alert.id][0], alert, now)
            for alert in standing
            if self._told.get(alert.id, told[alert.id])[0] != told[alert.id][0]
        ]
        if standing:
            post(self._url, [each.as_json() for each in (*pages.values(), *renamed)])
        self._told, self._told_at = told, time.monotonic()

    def _look(self) -> tuple[list[Alert], dict[str, str], datetime]:
        """What is aloud or was over only just now, and by its id where Slack shows it; what maintenance keeps
        calm is not sent."""
        with self._services.store.transaction(patience=HASTE) as connection:
            windows = maintenance.standing(connection)
            found = [
                alert
                for alert in alerts.recent(connection, REMEMBERED)
                if alert.aloud_at and not any(each.covers(alert.cause.database) for each in windows)
            ]
            links = {alert.id: self._link(alerts.place_of(connection, alert.id)) for alert in found}
            return found, links, clock(connection)

    def _link(self, place: tuple[str, str] | None) -> str:
        directory = self._services.directory
        return directory.link(*place) if directory and place else ""


def page_of(services: Services, alert: Alert, now: datetime, link: str) -> Page:
    """With counts of rows only where the configuration says so."""
    counts = services.settings.alerts.webhook_counts
    found = alert.findings if counts else tuple(map(uncounted, alert.findings))
    return page(alert, what(alert), found, now, link)


class Webhook:
    """One address, and the thread that tells it of alerts until it is stopped."""

    def __init__(self, services: Services, url: str, on_death: Callable[[str], object]) -> None:
        """`on_death` gets a reason, when the thread ended by itself."""
        self._sender = Sender(services, url)
        self._on_death = on_death
        self._stopping = Event()
        self._failures = 0
        self._thread = Thread(target=self._main, name="webhook", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Safe to repeat."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LAST_ANSWER)

    def _main(self) -> None:
        try:
            while not self._stopping.wait(self._pause()):
                self._once()
        except Exception as error:
            log.exception("a webhook ended")
            self._on_death(f"sending alerts to a webhook ended by itself: {type(error).__name__}")

    def _once(self) -> None:
        try:
            self._sender.send()
            self._failures = 0
        except (psycopg.Error, SecondkeyError) as trouble:
            log.warning("alerts did not reach a webhook", reason=str(trouble))
            self._failures += 1

    def _pause(self) -> float:
        return min(WAIT * 2**self._failures, LONGEST_WAIT) if self._failures else EVERY


def senders(services: Services, on_death: Callable[[str], object]) -> Sequence[Webhook]:
    """One for each address of the configuration."""
    return [Webhook(services, url, on_death) for url in services.settings.alerts.addresses]
