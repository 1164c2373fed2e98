"""Delivers the outbox to Slack: in order, at Slack's pace, and each message once.

What may have been posted although no answer came is looked up before it is posted again. What may not go
where it was to go, goes to whoever asked, alone.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any, assert_never

import psycopg
import structlog
from psycopg import Connection
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.domain.deploying.row_counts import RowsOverReleases
from bot.domain.people import in_slack
from bot.errors import NotFound
from bot.slack import charts
from bot.slack.blocks import Message, clip
from bot.slack.commands import with_prefix
from bot.slack.connection import web_client
from bot.slack.directory import Directory, is_id
from bot.slack.trouble import NO_ANSWER, PASSING, Kind, Trouble, trouble_of
from bot.store import operations, outbox, requests
from bot.store.database import Store, connect
from bot.store.outbox import Outgoing

log = structlog.get_logger()

#: The outbox is looked at this often even when nobody says that there is something, in seconds.
POLL = 2.0
#: How long a stopping bot goes on delivering what is due, in seconds.
LAST_WORDS = 3.0
#: Between two attempts, in seconds: twice as long each time, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
#: What people decide by and may not be updated where it stands is tried again so often: for a month.
TRIES = 43_200
#: A picture is an extra: it is tried so often, and each of its three calls may take so long, in seconds.
PICTURE_TRIES = 8
PICTURE_PATIENCE = 8
#: What Slack takes as the words for whoever cannot see a picture.
ALT_CHARS = 1000
#: Slack's clock and the database's may differ by so much, in seconds.
CLOCKS = 300.0
#: Metadata that every message carries: its `event_payload.key` is the outbox's key.
EVENT = "secondkey"


class Delivery:
    """One thread that delivers whatever the outbox holds, until it is stopped."""

    def __init__(
        self,
        store: Store,
        client: WebClient,
        directory: Directory,
        command_prefix: str,
        on_problem: Callable[[str], object],
        on_death: Callable[[str], object],
    ) -> None:
        """`on_problem` is told, once for each, why messages to a channel cannot be delivered; `on_death` a
        reason, when delivery ended by itself."""
        self._store = store
        self._client = client
        self._uploader = web_client(client.token, client.base_url, timeout=PICTURE_PATIENCE)
        self.directory = directory
        self._command_prefix = command_prefix
        self._on_problem = on_problem
        self._on_death = on_death
        #: channel → what was told last
        self._told: dict[str, str] = {}
        self._stopping = Event()
        self._end = float("inf")
        self._thread = Thread(target=self._main, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver what is due within a moment, then end. Safe to repeat."""
        self._end = min(self._end, time.monotonic() + LAST_WORDS)
        self._stopping.set()
        if self._thread.is_alive():
            with suppress(psycopg.OperationalError), self._store.transaction() as connection:
                outbox.wake(connection)
            self._thread.join(LAST_WORDS + POLL)

    def _main(self) -> None:
        try:
            self._deliver_always()
        except Exception as error:
            log.exception("delivery to Slack ended")
            self._on_death(f"delivery to Slack ended by itself: {error}")

    def _deliver_always(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._store.dsn, "outbox") as listening:
                    outbox.listen(listening)
                    self._deliver_until_stopped(listening)
            except psycopg.Error as away:
                log.warning("the outbox cannot be reached", reason=str(away))
                self._stopping.wait(POLL)

    def _deliver_until_stopped(self, listening: Connection[Any]) -> None:
        while (wait := self._wait()) is not None:
            if wait > 0:
                for _ in listening.notifies(timeout=wait, stop_after=1):
                    pass
            while time.monotonic() < self._end and self._deliver_next():
                pass

    def _wait(self) -> float | None:
        """How long to wait for something to deliver; None where this is the end."""
        with self._store.transaction() as connection:
            due = outbox.due_in(connection)
        if not self._stopping.is_set():
            return POLL if due is None else min(max(due, 0.0), POLL)
        left = self._end - time.monotonic()
        return None if due is None or due > left or left <= 0 else max(due, 0.0)

    def _deliver_next(self) -> bool:
        """Deliver one message, if one may go out now."""
        with self._store.transaction() as connection:
            message = outbox.claim(connection)
        if message is None:
            return False
        if message.chart is not None:
            self._deliver_picture(message)
            return True
        try:
            self._deliver(message)
        except NotFound as missing:
            self._turned_away(message, missing.reason)
        except NO_ANSWER as error:
            self._in_trouble(message, trouble_of(error))
        except psycopg.Error:
            raise
        except Exception:
            log.exception("a message could not be delivered for a fault of the bot", key=message.key)
            self._later(message, LONGEST_WAIT, "a fault of Secondkey", unsure=message.method == "post")
        return True

    def _deliver_picture(self, message: Outgoing) -> None:
        """Where it cannot go nobody is told: the report says the same in figures."""
        try:
            self._deliver(message)
        except NO_ANSWER as error:
            trouble = trouble_of(error)
            if trouble.kind in PASSING and message.attempts < PICTURE_TRIES:
                unsure = message.unsure or trouble.kind is Kind.UNANSWERED
                self._later(message, trouble.wait or _growing(message), trouble.reason, unsure=unsure)
            else:
                self._leave_out(message, trouble.reason)
        except psycopg.Error:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the report does not need it
            self._leave_out(message, str(error))

    def _leave_out(self, message: Outgoing, reason: str) -> None:
        log.warning("a picture is left out", key=message.key, reason=reason)
        with self._store.transaction() as connection:
            outbox.put_aside(connection, message, reason)

    def _deliver(self, message: Outgoing) -> None:
        if not is_id(message.channel):
            # Of the command line, which does not ask Slack: the bot's own messages go there by its id.
            self._move(message, self.directory.channel(message.channel).id, unsure=message.unsure)
        elif problem := self._unfit(message.posted_channel or message.channel):
            self._turned_away(message, problem)
        elif message.ts is not None and message.posted_channel is not None:
            self._update(message, message.posted_channel, message.ts)
        elif message.unsure and self._was_posted(message, message.channel):
            return
        elif message.chart is not None:
            self._upload(message, message.chart)
        else:
            self._post(message)

    def _unfit(self, channel: str) -> str:
        """Why nothing may be said in this channel, whatever Slack would take; empty where it may be."""
        if channel[0] not in "CG":
            return ""
        found = self.directory.channel(channel)
        return f"#{found.name} {found.problem}" if found.archived or found.shared else ""

    def _update(self, message: Outgoing, channel: str, ts: str) -> None:
        self._client.chat_update(channel=channel, ts=ts, **self._content(message))
        self._delivered(message, channel, ts)

    def _post(self, message: Outgoing) -> None:
        answer = self._client.chat_postMessage(
            channel=message.channel,
            thread_ts=message.thread_ts,
            **self._content(message),
            metadata={"event_type": EVENT, "event_payload": {"key": message.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        self._delivered(message, str(answer["channel"]), str(answer["ts"]))

    def _upload(self, message: Outgoing, chart: RowsOverReleases) -> None:
        self._uploader.files_upload_v2(
            channel=message.channel,
            thread_ts=message.thread_ts,
            filename=_file_name(message),
            content=charts.rows_over_releases(chart),
            title=chart.title,
            alt_txt=clip(chart.words, ALT_CHARS),
            initial_comment=message.text,
        )
        self._delivered(message, message.channel, None)

    def _content(self, message: Outgoing) -> dict[str, Any]:
        shown = Message(text=message.text, blocks=tuple(message.blocks))
        shown = with_prefix(shown, self._command_prefix).limited()
        return {"text": shown.text, "blocks": list(shown.blocks) or None}

    def _was_posted(self, message: Outgoing, address: str) -> bool:
        """Whether an earlier attempt came through, or somebody else sees to it by now."""
        ts = self._look_up(message, address)
        with self._store.transaction() as connection:
            if ts is None:
                return not outbox.renew(connection, message)
            if message.chart is None:
                outbox.found(connection, message, address, ts)
            else:
                outbox.delivered(connection, message, address, ts)
        return True

    def _look_up(self, message: Outgoing, address: str) -> str | None:
        """Where Slack has the message with this key; None where it does not, or lets nobody look."""
        if address[0] in "UW":
            # Their history would need a scope that nothing else does: rather twice than never.
            log.warning("a direct message may appear twice", key=message.key)
            return None
        cursor, oldest = "", str(message.begun_at.timestamp() - CLOCKS)
        while True:
            page = self._page(message, address, oldest, cursor)
            for posted in page["messages"]:
                if _key_of(posted) == message.key or _file_name(message) in _files_of(posted):
                    return str(posted["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None

    def _page(self, message: Outgoing, address: str, oldest: str, cursor: str) -> SlackResponse:
        """Messages where this one would be: in its thread, or in the channel."""
        limits: dict[str, Any] = {
            "include_all_metadata": True, "oldest": oldest, "limit": 200, "cursor": cursor
        }  # fmt: skip
        if message.thread_ts is None:
            return self._client.conversations_history(channel=address, **limits)
        return self._client.conversations_replies(channel=address, ts=message.thread_ts, **limits)

    def _in_trouble(self, message: Outgoing, trouble: Trouble) -> None:
        wait = _growing(message)
        match trouble.kind:
            case Kind.LIMITED:
                with self._store.transaction() as connection:
                    outbox.hold(connection, message, trouble.wait)
                self._later(message, trouble.wait, trouble.reason, unsure=message.unsure)
            case Kind.UNANSWERED:
                self._later(message, wait, trouble.reason, unsure=message.method == "post")
            case Kind.NOT_SENT:
                self._later(message, wait, trouble.reason, unsure=message.unsure)
            case Kind.LOCKED_OUT:
                self._tell(message, trouble.reason)
                self._later(message, LONGEST_WAIT, trouble.reason, unsure=message.unsure)
            case Kind.GONE:
                self._gone(message, trouble.reason)
            case Kind.REFUSED:
                self._turned_away(message, trouble.reason)
            case unknown:
                assert_never(unknown)

    def _gone(self, message: Outgoing, reason: str) -> None:
        """Somebody deleted it: it is posted again. Where it is the message that it replies to, it waits until
        that one has something new to say, and is posted again."""
        log.info("a message was deleted", key=message.key, method=message.method)
        with self._store.transaction() as connection:
            if message.method == "update":
                outbox.post_anew(connection, message)
            else:
                outbox.put_aside(connection, message, reason)

    def _delivered(self, message: Outgoing, posted_channel: str, ts: str | None) -> None:
        self._told.pop(message.channel, None)
        with self._store.transaction() as connection:
            outbox.delivered(connection, message, posted_channel, ts)

    def _later(self, message: Outgoing, wait: float, problem: str, *, unsure: bool) -> None:
        log.info("a message waits", key=message.key, channel=message.channel, wait=wait, reason=problem)
        with self._store.transaction() as connection:
            outbox.later(connection, message, wait=wait, unsure=unsure, problem=problem)

    def _move(self, message: Outgoing, channel: str, *, unsure: bool) -> None:
        with self._store.transaction() as connection:
            outbox.move(connection, message, channel, unsure=unsure)

    def _turned_away(self, message: Outgoing, reason: str) -> None:
        """It goes to whoever asked instead, and what it says later, too; else it is put aside.

        What people decide by stays where it is, or it would look open for ever: whoever asked gets the same.
        """
        self._tell(message, reason)
        with self._store.transaction() as connection:
            asker = _asker(connection, message.key)
            if message.method == "update" and message.attempts < TRIES and _is_request(connection, message):
                if asker is not None:
                    _show_alone(connection, message, asker)
                outbox.later(connection, message, wait=LONGEST_WAIT, unsure=False, problem=reason)
            elif asker is None or asker == message.channel:
                outbox.put_aside(connection, message, reason)
            else:
                outbox.move(connection, message, asker, unsure=False)

    def _tell(self, message: Outgoing, reason: str) -> None:
        if self._told.get(message.channel) != reason:
            self._told[message.channel] = reason
            self._on_problem(f"messages to {message.channel} cannot be delivered: {reason}")


def _growing(message: Outgoing) -> float:
    """How long to wait for the next attempt, in seconds."""
    return min(FIRST_WAIT * 2.0 ** min(message.attempts, 10), LONGEST_WAIT)


def _file_name(message: Outgoing) -> str:
    """A picture is found again by its name: it carries no metadata."""
    return f"{message.key.replace(':', '-')}.png"


def _files_of(posted: dict[str, Any]) -> set[str | None]:
    return {each.get("name") for each in posted.get("files") or ()}


def _asker(connection: Connection[Any], key: str) -> str | None:
    """Who asked in Slack for the operation that this message is about; None where nobody did."""
    try:
        asker = operations.load(connection, key).requested_by
    except NotFound:
        return None
    return asker if in_slack(asker) else None


def _is_request(connection: Connection[Any], message: Outgoing) -> bool:
    """People decide by this message, or did."""
    try:
        requests.load(connection, message.key)
    except NotFound:
        return False
    return True


def _show_alone(connection: Connection[Any], message: Outgoing, to: str) -> None:
    key = f"{message.key}:alone"
    outbox.show(connection, key=key, channel=to, text=message.text, blocks=message.blocks)


def _key_of(posted: dict[str, Any]) -> str | None:
    """The outbox's key that a message in a channel carries; None for messages of others."""
    metadata = posted.get("metadata") or {}
    if metadata.get("event_type") != EVENT:
        return None
    key: str | None = (metadata.get("event_payload") or {}).get("key")
    return key
