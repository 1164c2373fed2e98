"""Looks after requests for a second person until the bot stops: a reaction is only a hint that wakes it.

Whatever was missed is made up for: everything open is looked at when the bot starts, whenever a connection
to Slack is there again, and once a minute.
"""

import time
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg import Connection

from bot.domain.approval import Choice, Request
from bot.operations import deciding
from bot.operations.patience import pause
from bot.operations.services import Services
from bot.slack import reactions
from bot.slack.trouble import NO_ANSWER, trouble_of
from bot.store import requests
from bot.store.database import connect

log = structlog.get_logger()

#: How often deadlines and hints are looked for, in seconds.
POLL = 1.0
#: How long stopping waits for an answer of Slack, in seconds; what it would decide is decided at next start.
LAST_LOOK = 5.0
T = TypeVar("T")


class Watch:
    """One thread that seeds, decides and expires requests, until it is stopped."""

    def __init__(self, services: Services, on_death: Callable[[str], object]) -> None:
        """`on_death` gets a reason, when the thread ended by itself."""
        self._services = services
        self._on_death = on_death
        self._stopping = Event()
        #: at start, too
        self._missed = Event()
        self._missed.set()
        #: before this moment Slack is not asked again
        self._not_before = 0.0
        #: how often it did not answer, one time after the other
        self._unanswered = 0
        self._thread = Thread(target=self._main, name="approvals", daemon=True)

    def start(self) -> None:
        """Begin with everything that is open."""
        self._thread.start()

    def stop(self) -> None:
        """Decide nothing more. Safe to repeat."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LAST_LOOK)

    def look_at_all(self) -> None:
        """Nobody knows what was missed: everything open is looked at soon."""
        self._missed.set()

    def _main(self) -> None:
        try:
            self._watch_always()
        except Exception as error:
            log.exception("looking after requests ended")
            self._on_death(f"looking after requests ended by itself: {error}")

    def _watch_always(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._services.store.dsn, "approvals") as listening:
                    requests.listen(listening)
                    self._watch(listening)
            except psycopg.Error as away:
                log.warning("requests cannot be reached", reason=str(away))
                self._stopping.wait(POLL)

    def _watch(self, listening: Connection[Any]) -> None:
        while not self._stopping.is_set():
            self._sweep()
            for _ in listening.notifies(timeout=POLL, stop_after=1):
                pass

    def _sweep(self) -> None:
        deciding.expire_overdue(self._services)
        deciding.close_left_behind(self._services)
        deciding.close_undelivered(self._services)
        if self._missed.is_set():
            self._missed.clear()
            self._record(requests.look_at_all)
        self._record(requests.remember_posted)
        for request in self._record(requests.unseeded):
            self._ask_slack(request.id, partial(self._seed, request))
        while self._may_ask() and (request_id := self._record(requests.take_due)):
            self._ask_slack(request_id, partial(deciding.reconsider, self._services, request_id))

    def _seed(self, request: Request) -> None:
        """Both emoji below the message, so that a tap is enough."""
        for choice in Choice:
            reactions.add(self._services.slack, request.channel, request.ts or "", choice)
        self._record(partial(requests.seeded, request_id=request.id))

    def _ask_slack(self, request_id: str, act: Callable[[], object]) -> None:
        """Without Slack nothing is decided: the request is looked at again when Slack may answer."""
        if not self._may_ask():
            return
        try:
            act()
            self._unanswered = 0
        except NO_ANSWER as error:
            trouble = trouble_of(error)
            log.warning("nothing is decided without Slack", request=request_id, reason=trouble.reason)
            self._not_before = time.monotonic() + pause(trouble, self._unanswered)
            self._unanswered += 1
            self._record(partial(requests.look_again, request_id=request_id))
        except psycopg.Error:
            raise
        except Exception:
            log.exception("a request could not be looked at for a fault of the bot", request=request_id)

    def _may_ask(self) -> bool:
        return not self._stopping.is_set() and time.monotonic() >= self._not_before

    def _record(self, act: Callable[[Connection[Any]], T]) -> T:
        with self._services.store.transaction() as connection:
            return act(connection)
