"""Messages to Slack, written in the transaction of the fact that they report, and delivered afterwards.

One message for a key: posted once, updated in place whenever something newer is shown. A reply is posted
once the message whose thread it belongs to stands there, and goes with that one wherever it is moved.
"""

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from pydantic import TypeAdapter

from bot.domain.deploying.row_counts import RowsOverReleases
from bot.store.documents import document, storable
from bot.store.queries import only_row, query

#: Slack takes about one message a second for a channel.
CHANNEL_PACE = 1.0
#: Between two updates of one message, in seconds.
MESSAGE_PACE = 2.0
#: For how long nobody else delivers a message that was claimed, in seconds; longer than a call may take.
LEASE = 60.0
_CHART = TypeAdapter(RowsOverReleases)


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message that was claimed to be delivered now."""

    key: str
    #: as it was asked for: an id of a channel or a person, or a channel's name
    channel: str
    #: where the message stands whose thread it belongs to; None for one that is no reply
    thread_ts: str | None
    text: str
    blocks: list[dict[str, Any]]
    #: it is a picture, and the text is what it shows
    chart: RowsOverReleases | None
    version: int
    #: where Slack has it; None where it was not posted yet
    posted_channel: str | None
    ts: str | None
    #: an earlier attempt may have posted it
    unsure: bool
    #: the first of the attempts that may have posted it
    begun_at: datetime
    #: how often it did not get through
    attempts: int
    claim: str

    @property
    def method(self) -> str:
        return "post" if self.ts is None else "update"


def show(
    connection: Connection[Any], *, key: str, channel: str, text: str, blocks: list[dict[str, Any]]
) -> None:
    """Show a message in a channel (its id or name) or to a person (their id), or what it says by now."""
    _show(connection, key, None, channel, text, blocks)


def reply(
    connection: Connection[Any], *, key: str, parent: str, text: str, blocks: list[dict[str, Any]]
) -> None:
    """The same in the thread of the message `parent`, which was shown earlier in this transaction: nobody
    else can move it meanwhile."""
    _show(connection, key, parent, channel_of(connection, parent), text, blocks)


def reply_with_chart(
    connection: Connection[Any], *, key: str, parent: str, text: str, chart: RowsOverReleases
) -> None:
    """A picture in the thread, as an extra: nothing waits for it, and nobody is told where it cannot go."""
    _show(connection, key, parent, channel_of(connection, parent), text, [], chart)


def channel_of(connection: Connection[Any], key: str) -> str:
    """Where a message that was shown goes by now: it may have been moved."""
    channel: str = only_row(connection, "outbox_channel", {"key": key})[0]
    return channel


def stand(connection: Connection[Any], key: str, channel: str, *, unsaid: Collection[str]) -> None:
    """A message that is shown next goes to this channel (its id). Where it stands in another one it is left
    behind there, with all that was said below it.

    What waits for its thread goes with it, but for what has a key that begins as one of `unsaid`.
    """
    if connection.execute(query("outbox_stand"), {"key": key, "channel": channel}).rowcount:
        connection.execute(query("outbox_replies_unsaid"), {"key": key, "unsaid": list(unsaid)})
    if connection.execute(query("outbox_left_behind"), {"key": key}).rowcount:
        connection.execute(query("outbox_replies_gone"), {"key": key})


def was_shown(connection: Connection[Any], key: str) -> bool:
    """There is such a message."""
    return connection.execute(query("outbox_channel"), {"key": key}).fetchone() is not None


def place_of(connection: Connection[Any], key: str) -> tuple[str, str] | None:
    """The channel and the time stamp by which Slack has a message; None while it was not posted."""
    found: tuple[str, str] | None = connection.execute(query("outbox_place"), {"key": key}).fetchone()
    return found


def claim(connection: Connection[Any]) -> Outgoing | None:
    """The next message that its channel may have now; nobody else gets it for a while."""
    parameters = {"claim": secrets.token_hex(8), "pace": CHANNEL_PACE, "lease": LEASE}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query("outbox_claim"), parameters).fetchone()
    if row is None:
        return None
    chart = row.pop("chart")
    return Outgoing(chart=_CHART.validate_python(chart) if chart else None, **row)


def renew(connection: Connection[Any], message: Outgoing) -> bool:
    """Keep the message for a while longer; False where somebody else has it by now."""
    return _record(connection, "outbox_renew", message, lease=LEASE)


def delivered(connection: Connection[Any], message: Outgoing, posted_channel: str, ts: str | None) -> None:
    """Slack has this version, and where; of a picture it does not say when it will stand there: None."""
    place = {"posted_channel": posted_channel, "ts": ts}
    _record(connection, "outbox_delivered", message, version=message.version, pace=MESSAGE_PACE, **place)


def found(connection: Connection[Any], message: Outgoing, posted_channel: str, ts: str) -> None:
    """An earlier attempt had posted it after all: it is updated there."""
    _record(connection, "outbox_found", message, posted_channel=posted_channel, ts=ts)


def later(connection: Connection[Any], message: Outgoing, *, wait: float, unsure: bool, problem: str) -> None:
    """It did not get through; again in so many seconds. `unsure`: Slack may have it nevertheless."""
    _record(connection, "outbox_later", message, wait=wait, unsure=unsure, problem=storable(problem))


def hold(connection: Connection[Any], message: Outgoing, wait: float) -> None:
    """Slack asked to wait: what goes the same way to the same channel waits as well."""
    connection.execute(
        query("outbox_hold"), {"channel": message.channel, "method": message.method, "wait": wait}
    )


def put_aside(connection: Connection[Any], message: Outgoing, problem: str) -> None:
    """Slack refuses it for good: until something newer is shown under its key, it is left alone."""
    _record(connection, "outbox_aside", message, version=message.version, problem=storable(problem))


def move(connection: Connection[Any], message: Outgoing, channel: str, *, unsure: bool) -> None:
    """From now on it belongs to another channel or person, whatever it is shown in afterwards.

    `unsure`: an earlier attempt may have posted it there.
    """
    if _record(connection, "outbox_move", message, channel=channel, unsure=unsure):
        _replies_anew(connection, message)


def post_anew(connection: Connection[Any], message: Outgoing) -> None:
    """Slack has it no more: somebody deleted it."""
    if _record(connection, "outbox_anew", message):
        _replies_anew(connection, message)


def due_in(connection: Connection[Any]) -> float | None:
    """In how many seconds the next message may go out, 0 or less for now; None where none waits."""
    seconds: float | None = only_row(connection, "outbox_due")[0]
    return seconds


def backlog(connection: Connection[Any]) -> tuple[int, int]:
    """How many messages wait to be delivered, and how many Slack refuses for good."""
    waiting, aside = only_row(connection, "outbox_backlog")
    return waiting, aside


def listen(connection: Connection[Any]) -> None:
    """Notifications arrive on this session as soon as there is something to deliver."""
    connection.execute(query("outbox_listen"))


def wake(connection: Connection[Any]) -> None:
    """Let whoever delivers look now."""
    connection.execute(query("outbox_wake"))


def _show(
    connection: Connection[Any],
    key: str,
    parent: str | None,
    channel: str,
    text: str,
    blocks: list[dict[str, Any]],
    chart: RowsOverReleases | None = None,
) -> None:
    content = {
        "text": storable(text),
        "blocks": document(blocks),
        "chart": document(asdict(chart)) if chart else None,
    }
    connection.execute(query("outbox_show"), {"key": key, "parent": parent, "channel": channel, **content})


def _replies_anew(connection: Connection[Any], message: Outgoing) -> None:
    """A statement of its own: it sees the replies of whoever held the message until now."""
    connection.execute(query("outbox_replies_anew"), {"key": message.key})


def _record(connection: Connection[Any], name: str, message: Outgoing, **parameters: Any) -> bool:
    """Record what became of a claimed message; changes nothing where somebody else has it by now."""
    cursor = connection.execute(query(name), {"key": message.key, "claim": message.claim, **parameters})
    return cursor.rowcount == 1
