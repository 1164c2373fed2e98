"""Delivery of messages to Slack: in order, at its pace, none lost and none twice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog

from bot.domain.deploying.row_counts import Step, over_releases
from bot.domain.operation import Kind
from bot.operations.delivery import PICTURE_TRIES, Delivery
from bot.slack.connection import web_client
from bot.slack.directory import Directory
from bot.store import operations, outbox, requests
from bot.store.database import Store
from tests.domain.ballots import plan
from tests.operations.slack_stand_in import Fault, StandIn
from tests.servers import Database
from tests.waiting import until

Show = Callable[..., None]


@pytest.fixture
def database(state_database: Database) -> Database:
    return state_database


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = Store(database.dsn)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Quicker than Slack allows; undone where a test is about the pace itself."""
    with monkeypatch.context() as quick:
        quick.setattr(outbox, "CHANNEL_PACE", 0.1)
        quick.setattr(outbox, "MESSAGE_PACE", 0.2)
        yield quick


@pytest.fixture
def slack() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def show(store: Store) -> Show:
    def make(key: str, text: str, channel: str = "C0001") -> None:
        with store.transaction() as connection:
            outbox.show(connection, key=key, channel=channel, text=text, blocks=[])

    return make


@pytest.fixture
def show_both(store: Store) -> Show:
    """Show an operation's message and what it had no room for."""

    def make(key: str, text: str, rest: str, channel: str = "C0001") -> None:
        with store.transaction() as connection:
            outbox.show(connection, key=key, channel=channel, text=text, blocks=[])
            outbox.reply(connection, key=f"{key}:rest", parent=key, text=rest, blocks=[])

    return make


@pytest.fixture
def show_chart(store: Store) -> Show:
    """Show a message with a picture in its thread."""

    def make(key: str, text: str, words: str) -> None:
        steps = [Step(release=f"v1.{n}", before={"User": 5 + n}, after={"User": 6 + n}) for n in range(3)]
        chart = over_releases("projectledger", steps)
        with store.transaction() as connection:
            outbox.show(connection, key=key, channel="C0001", text=text, blocks=[])
            outbox.reply_with_chart(connection, key=f"{key}:rows", parent=key, text=words, chart=chart)

    return make


@contextmanager
def delivering(
    store: Store, slack: StandIn, problems: list[str] | None = None, command_prefix: str = ""
) -> Iterator[Delivery]:
    client = web_client("xoxb-x", slack.url)
    told: list[str] = [] if problems is None else problems
    died: list[str] = []
    delivery = Delivery(
        store, client, Directory(client), command_prefix, on_problem=told.append, on_death=died.append
    )
    delivery.start()
    try:
        yield delivery
    finally:
        delivery.stop()
        delivery.stop()
    assert died == []
    if problems is None:
        assert told == []


def test_a_message_is_posted_once_and_updated_in_place(store: Store, slack: StandIn, show: Show) -> None:
    with delivering(store, slack):
        show("op-1", "asked")
        until(lambda: slack.texts("C0001") == ["asked"])
        show("op-1", "done")
        until(lambda: slack.texts("C0001") == ["done"])
    assert slack.called("chat.postMessage") == 1


def test_commands_are_named_as_the_workspace_has_them(store: Store, slack: StandIn, show: Show) -> None:
    with delivering(store, slack, command_prefix="sk-"):
        show("op-1", "asked: `/backup list`")
        until(lambda: slack.texts("C0001") == ["asked: `/sk-backup list`"])
        show("op-1", "done: `/verify`")
        until(lambda: slack.texts("C0001") == ["done: `/sk-verify`"])


def test_it_goes_out_at_once(
    store: Store, slack: StandIn, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.delivery.POLL", 600.0)
    with delivering(store, slack):
        show("op-1", "asked")
        until(lambda: slack.texts("C0001"))


def test_what_was_not_sent_yet_is_replaced(store: Store, slack: StandIn, show: Show) -> None:
    for text in ("one", "two", "three"):
        show("op-1", text)
    with delivering(store, slack):
        until(lambda: slack.texts("C0001") == ["three"])
    assert [name for name, _ in slack.calls if name.startswith("chat.")] == ["chat.postMessage"]


def test_a_channel_gets_its_messages_in_order_and_one_a_second(
    store: Store, slack: StandIn, show: Show, pace: pytest.MonkeyPatch
) -> None:
    pace.undo()
    for number in range(3):
        show(f"a-{number}", f"a{number}", "C0001")
        show(f"b-{number}", f"b{number}", "C0002")
    begun = time.monotonic()
    with delivering(store, slack):
        until(lambda: len(slack.texts("C0001")) == len(slack.texts("C0002")) == 3)
    assert time.monotonic() - begun >= 2 * outbox.CHANNEL_PACE
    assert slack.texts("C0001") == ["a0", "a1", "a2"]
    assert slack.texts("C0002") == ["b0", "b1", "b2"]


def test_two_replicas_deliver_each_message_once(store: Store, slack: StandIn, show: Show) -> None:
    for number in range(6):
        show(f"op-{number}", str(number), f"C000{number}")
    with delivering(store, slack), delivering(store, slack):
        until(lambda: len(slack.messages) == 6)
    assert slack.called("chat.postMessage") == 6


def test_a_person_gets_it_as_a_direct_message_that_is_updated(
    store: Store, slack: StandIn, show: Show
) -> None:
    with delivering(store, slack):
        show("op-1", "asked", "U0001")
        until(lambda: slack.texts("D0001") == ["asked"])
        show("op-1", "done", "U0001")
        until(lambda: slack.texts("D0001") == ["done"])


def test_a_channel_may_be_given_by_its_name(store: Store, slack: StandIn, show: Show) -> None:
    problems: list[str] = []
    with delivering(store, slack, problems):
        show("op-1", "from the command line", "ops")
        show("op-2", "nowhere", "no-such-channel")
        until(lambda: slack.texts("C0001") == ["from the command line"] and problems)
    assert "no-such-channel" in problems[0]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", done=True, reset=True),
        Fault("chat.postMessage", done=True, status=503),
        Fault("chat.postMessage", reset=True),
        Fault("chat.postMessage", status=500, error="internal_error"),
    ],
    ids=["reset after it was done", "503 after it was done", "reset before", "500 before"],
)
def test_no_fault_loses_a_message_or_posts_it_twice(
    store: Store, slack: StandIn, show: Show, fault: Fault
) -> None:
    slack.faults.append(fault)
    with delivering(store, slack):
        show("op-1", "asked")
        until(lambda: slack.called("conversations.history") == 1)
        until(lambda: slack.texts("C0001") == ["asked"])
    assert len(slack.messages) == 1


def test_a_message_begun_by_a_process_that_died_is_looked_up_first(
    store: Store, slack: StandIn, show: Show, database: Database
) -> None:
    show("op-1", "asked")
    slack.faults.append(Fault("chat.postMessage", done=True, reset=True))
    with delivering(store, slack):
        until(lambda: len(slack.messages) == 1)
    database.execute("UPDATE outbox SET not_before = '-infinity'")
    with delivering(store, slack):
        until(lambda: database.execute("SELECT pending FROM outbox") == [(False,)])
    assert len(slack.messages) == 1


def test_a_claimed_message_is_nobody_elses_until_its_time_is_over(
    store: Store, show: Show, database: Database
) -> None:
    show("op-1", "asked")
    with store.transaction() as connection:
        first = outbox.claim(connection)
        assert outbox.claim(connection) is None
    assert first is not None
    assert not first.unsure
    database.execute("UPDATE outbox SET claimed_until = now()")
    database.execute("UPDATE outbox_lanes SET next_at = now()")
    with store.transaction() as connection:
        second = outbox.claim(connection)
        assert second is not None
        assert second.unsure
        assert second.begun_at == first.begun_at
        assert not outbox.renew(connection, first)
        assert outbox.renew(connection, second)


def test_a_rate_limit_holds_its_channel_and_no_other(store: Store, slack: StandIn, show: Show) -> None:
    slack.faults.append(
        Fault("chat.postMessage", channel="C0001", status=429, error="ratelimited", retry_after=2)
    )
    begun = time.monotonic()
    with delivering(store, slack):
        show("op-1", "held", "C0001")
        show("op-2", "behind", "C0001")
        show("op-3", "elsewhere", "C0002")
        until(lambda: slack.texts("C0001") == ["held", "behind"])
    assert [message["text"] for message in slack.messages] == ["elsewhere", "held", "behind"]
    assert time.monotonic() - begun >= 2
    assert slack.called("conversations.history") == 0


@pytest.mark.parametrize("error", ["channel_not_found", "not_in_channel", "is_archived"])
def test_what_slack_refuses_for_good_is_told_once_and_does_not_stand_in_the_way(
    store: Store, slack: StandIn, show: Show, error: str, database: Database
) -> None:
    problems: list[str] = []
    slack.faults.extend(Fault("chat.postMessage", error=error) for _ in range(2))
    with delivering(store, slack, problems):
        show("op-1", "refused")
        show("op-2", "refused as well")
        show("op-3", "taken")
        until(lambda: slack.texts("C0001") == ["taken"])
    assert len(problems) == 1
    assert "C0001" in problems[0]
    assert database.execute("SELECT key FROM outbox WHERE aside ORDER BY key") == [("op-1",), ("op-2",)]


def test_something_newer_is_tried_although_slack_refused_what_was_before(
    store: Store, slack: StandIn, show: Show
) -> None:
    problems: list[str] = []
    slack.faults.append(Fault("chat.postMessage", error="not_in_channel"))
    with delivering(store, slack, problems):
        show("op-1", "asked")
        until(lambda: problems)
        show("op-1", "done")
        until(lambda: slack.texts("C0001") == ["done"])


def test_something_newer_is_tried_that_was_shown_while_slack_refused(
    store: Store, slack: StandIn, show: Show
) -> None:
    class ShowsMore(list[str]):
        def append(self, problem: str) -> None:
            super().append(problem)
            show("op-1", "done")

    slack.faults.append(Fault("chat.postMessage", error="not_in_channel"))
    with delivering(store, slack, ShowsMore()):
        show("op-1", "asked")
        until(lambda: slack.texts("C0001") == ["done"])


def test_a_message_that_somebody_deleted_is_posted_anew(store: Store, slack: StandIn, show: Show) -> None:
    with delivering(store, slack):
        show("op-1", "asked")
        until(lambda: slack.texts("C0001") == ["asked"])
        slack.delete("asked")
        show("op-1", "done")
        until(lambda: slack.texts("C0001") == ["done"])


def test_a_refused_token_keeps_everything(
    store: Store, slack: StandIn, show: Show, database: Database
) -> None:
    problems: list[str] = []
    slack.faults.append(Fault("chat.postMessage", error="token_revoked"))
    with delivering(store, slack, problems):
        show("op-1", "asked")
        until(lambda: problems)
        until(lambda: database.execute("SELECT claim FROM outbox") == [(None,)])
    assert "revoked" in problems[0]
    assert database.execute("SELECT pending, aside FROM outbox") == [(True, False)]


def test_what_is_due_when_the_bot_stops_still_goes_out(
    store: Store, slack: StandIn, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A bot gives up after a moment, and a machine may stand still for longer.
    monkeypatch.setattr("bot.operations.delivery.LAST_WORDS", 30.0)
    with delivering(store, slack):
        show("op-1", "asked")
        until(lambda: slack.texts("C0001") == ["asked"])
        show("op-1", "dumping")
        until(lambda: slack.texts("C0001") == ["dumping"])
        show("op-1", "stopped: ask again")
    assert slack.texts("C0001") == ["stopped: ask again"]


def test_a_message_is_updated_at_most_every_two_seconds(
    store: Store, slack: StandIn, show: Show, pace: pytest.MonkeyPatch
) -> None:
    pace.undo()
    with delivering(store, slack):
        show("op-1", "asked")
        until(lambda: slack.texts("C0001") == ["asked"])
        show("op-1", "1 %")
        until(lambda: slack.texts("C0001") == ["1 %"])
        begun = time.monotonic()
        for percent in range(2, 40):
            show("op-1", f"{percent} %")
        until(lambda: slack.texts("C0001") == ["39 %"])
    assert time.monotonic() - begun > outbox.MESSAGE_PACE * 0.8
    assert slack.called("chat.update") == 2


def test_delivery_goes_on_after_its_session_was_cut(
    store: Store, slack: StandIn, show: Show, database: Database
) -> None:
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'secondkey/%' AND datname = current_database()"
    )
    with structlog.testing.capture_logs() as logged, delivering(store, slack):
        show("op-1", "before")
        until(lambda: slack.texts("C0001") == ["before"])
        database.execute(cut)
        show("op-2", "after")
        until(lambda: slack.texts("C0001") == ["before", "after"])
    assert any("outbox cannot be reached" in entry["event"] for entry in logged)


def test_what_was_shown_already_is_not_sent_again(store: Store, slack: StandIn, show: Show) -> None:
    with delivering(store, slack):
        show("notice", "the key")
        until(lambda: slack.texts("C0001") == ["the key"])
        show("notice", "the key")
        show("other", "next")
        until(lambda: "next" in slack.texts("C0001"))
    assert slack.called("chat.update") == 0


def test_a_reply_stands_in_the_thread_of_its_message_and_is_updated_there(
    store: Store, slack: StandIn, show: Show, show_both: Show
) -> None:
    with delivering(store, slack):
        show_both("op-1", "blocked", "all counts")
        show("op-2", "next")
        until(lambda: slack.thread("blocked") == ["all counts"])
        until(lambda: slack.texts("C0001") == ["blocked", "next"])
        show_both("op-1", "blocked", "all counts, again")
        until(lambda: slack.thread("blocked") == ["all counts, again"])
    assert slack.called("chat.postMessage") == 3


def test_a_reply_waits_for_all_that_its_message_has_to_say_and_for_nothing_else(
    store: Store, slack: StandIn, show: Show, show_both: Show
) -> None:
    slack.faults.append(Fault("chat.update", status=429, error="ratelimited", retry_after=2))
    with delivering(store, slack):
        show("op-1", "counting")
        until(lambda: slack.texts() == ["counting"])
        show_both("op-1", "blocked", "all counts")
        show("op-2", "next")
        until(lambda: slack.texts() == ["counting", "next"])
        assert slack.thread("counting") == []
        until(lambda: slack.thread("blocked") == ["all counts"])


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived"])
def test_a_reply_to_what_slack_refuses_stands_in_nobodys_way(
    store: Store, slack: StandIn, show: Show, show_both: Show, error: str, database: Database
) -> None:
    problems: list[str] = []
    slack.faults.append(Fault("chat.postMessage", error=error))
    with delivering(store, slack, problems):
        show_both("op-1", "blocked", "all counts")
        show("op-2", "next")
        until(lambda: slack.texts("C0001") == ["next"])
        until(lambda: database.execute("SELECT count(*) FROM outbox WHERE claim IS NOT NULL") == [(0,)])
    with store.transaction() as connection:
        assert outbox.due_in(connection) is None
    assert [message["text"] for message in slack.messages] == ["next"]


def test_a_reply_goes_wherever_its_message_is_moved(store: Store, slack: StandIn, show_both: Show) -> None:
    slack.flags["C0001"] = {"is_ext_shared": True}
    problems: list[str] = []
    key = ask(store)
    with delivering(store, slack, problems):
        show_both(key, "blocked", "all counts")
        until(lambda: slack.thread("blocked") == ["all counts"])
    assert slack.texts("D00000001") == ["blocked"]
    assert slack.texts("C0001") == []


def test_what_was_replied_already_is_replied_again_where_its_message_is_moved(
    store: Store, slack: StandIn, show: Show, show_both: Show
) -> None:
    problems: list[str] = []
    key = ask(store)
    with delivering(store, slack, problems) as delivery:
        show_both(key, "blocked", "all counts")
        until(lambda: slack.thread("blocked") == ["all counts"])
        slack.flags["C0001"] = {"is_ext_shared": True}
        delivery.directory.forget_channel("C0001")
        show(key, "blocked still")
        until(lambda: slack.thread("blocked still") == ["all counts"])
    assert slack.texts("D00000001") == ["blocked still"]


def test_a_reply_never_goes_to_a_channel_that_became_shared(
    store: Store, slack: StandIn, show_both: Show, database: Database
) -> None:
    problems: list[str] = []
    with delivering(store, slack, problems) as delivery:
        show_both(ask(store), "blocked", "all counts")
        until(lambda: slack.thread("blocked") == ["all counts"])
        slack.flags["C0001"] = {"is_ext_shared": True}
        delivery.directory.forget_channel("C0001")
        database.execute("UPDATE outbox SET text = 'new counts', version = 2 WHERE parent IS NOT NULL")
        until(lambda: database.execute("SELECT key FROM outbox WHERE parent IS NOT NULL AND aside"))
    assert slack.thread("blocked") == ["all counts"]


def test_a_command_lines_reply_follows_its_message_into_the_channel_of_that_name(
    store: Store, slack: StandIn, show_both: Show
) -> None:
    with delivering(store, slack):
        show_both("op-1", "blocked", "all counts", "ops")
        until(lambda: slack.thread("blocked") == ["all counts"])
    assert slack.texts("C0001") == ["blocked"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", done=True, reset=True),
        Fault("chat.postMessage", reset=True),
    ],
    ids=["reset after it was done", "reset before"],
)
def test_no_fault_loses_a_reply_or_posts_it_twice(
    store: Store, slack: StandIn, show: Show, show_both: Show, fault: Fault
) -> None:
    with delivering(store, slack):
        show("op-1", "blocked")
        until(lambda: slack.texts() == ["blocked"])
        slack.faults.append(fault)
        show_both("op-1", "blocked", "all counts")
        until(lambda: slack.called("conversations.replies") == 1)
        until(lambda: slack.thread("blocked") == ["all counts"])
    assert len(slack.messages) == 2


def test_a_reply_to_a_message_that_somebody_deleted_waits_until_that_is_posted_again(
    store: Store, slack: StandIn, show: Show, show_both: Show, database: Database
) -> None:
    with delivering(store, slack):
        show("op-1", "blocked")
        until(lambda: slack.texts() == ["blocked"])
        slack.delete("blocked")
        show_both("op-1", "blocked", "all counts")
        until(lambda: database.execute("SELECT key FROM outbox WHERE parent IS NOT NULL AND aside"))
        assert slack.messages == []
        show("op-1", "blocked still")
        until(lambda: slack.thread("blocked still") == ["all counts"])


def test_a_reply_that_somebody_deleted_is_posted_anew(store: Store, slack: StandIn, show_both: Show) -> None:
    with delivering(store, slack):
        show_both("op-1", "blocked", "all counts")
        until(lambda: slack.thread("blocked") == ["all counts"])
        slack.delete("all counts")
        show_both("op-1", "blocked", "all counts, again")
        until(lambda: slack.thread("blocked") == ["all counts, again"])


MEMBER = "U00000001"


def ask(store: Store, by: str = MEMBER) -> str:
    """Record an operation that somebody asked for; returns its id."""
    with store.transaction() as connection:
        return operations.create(
            connection, kind=Kind.BACKUP, database="ledger", requested_by=by, request={"channel": "C0001"}
        ).id


@pytest.mark.parametrize("flag", ["is_ext_shared", "is_org_shared", "is_pending_ext_shared", "is_archived"])
def test_what_may_not_be_said_in_a_channel_goes_to_whoever_asked_alone(
    store: Store, slack: StandIn, show: Show, flag: str
) -> None:
    slack.flags["C0001"] = {flag: True}
    problems: list[str] = []
    key = ask(store)
    with delivering(store, slack, problems):
        show(key, "dumping")
        until(lambda: slack.texts("D00000001") == ["dumping"])
        show(key, "15 rows")
        until(lambda: slack.texts("D00000001") == ["15 rows"])
    assert slack.texts("C0001") == []
    assert len(problems) == 1
    assert "#ops is " in problems[0]


def test_a_channel_that_becomes_shared_gets_no_later_update(store: Store, slack: StandIn, show: Show) -> None:
    problems: list[str] = []
    key = ask(store)
    with delivering(store, slack, problems) as delivery:
        show(key, "dumping")
        until(lambda: slack.texts("C0001") == ["dumping"])
        slack.flags["C0001"] = {"is_ext_shared": True}
        delivery.directory.forget_channel("C0001")
        show(key, "15 rows")
        until(lambda: slack.texts("D00000001") == ["15 rows"])
    assert slack.texts("C0001") == ["dumping"]
    assert "#ops is shared with another workspace" in problems[0]


def test_what_people_decide_by_stays_where_it_is_and_whoever_asked_gets_the_same(
    store: Store, slack: StandIn, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.delivery.LONGEST_WAIT", 0.2)
    problems: list[str] = []
    key = ask_two(store)
    with delivering(store, slack, problems) as delivery:
        show(key, "approved")
        until(lambda: slack.texts("C0001") == ["approved"])
        slack.flags["C0001"] = {"is_ext_shared": True}
        delivery.directory.forget_channel("C0001")
        show(key, "15 rows")
        until(lambda: slack.texts("D00000001") == ["15 rows"])
        assert slack.texts("C0001") == ["approved"]
        slack.flags.clear()
        delivery.directory.forget_channel("C0001")
        until(lambda: slack.texts("C0001") == ["15 rows"])
    assert slack.texts("D00000001") == ["15 rows"]
    assert len(problems) == 1


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "is_archived"])
def test_what_people_decide_by_is_changed_although_slack_refused_that_before(
    store: Store, slack: StandIn, show: Show, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    monkeypatch.setattr("bot.operations.delivery.LONGEST_WAIT", 0.2)
    key = ask_two(store)
    slack.faults.extend([Fault("chat.update", error=error), Fault("chat.update", error=error)])
    with delivering(store, slack, []):
        show(key, "approved")
        until(lambda: slack.texts("C0001") == ["approved"])
        show(key, "void")
        until(lambda: slack.texts("C0001") == ["void"])
    assert slack.called("chat.update") >= 3


def ask_two(store: Store) -> str:
    """Record a request that was approved, and its operation; returns their id."""
    policy = requests.Policy(
        bound="{}",
        needed=1,
        approvers=frozenset(),
        approvers_shown=(),
        decide_within=timedelta(hours=1),
        start_within=timedelta(hours=1),
    )
    with store.transaction() as connection:
        asked = requests.create(
            connection, plan=plan(), requested_by=MEMBER, reason="gone", channel="C0001", policy=policy
        )
        operations.create_approved(
            connection, asked.id, kind=asked.plan.kind, database="ledger", requested_by=MEMBER, request={}
        )
    return asked.id


@pytest.mark.parametrize("by", ["cli:root", None])
def test_what_nobody_asked_for_in_slack_is_put_aside_where_the_channel_is_shared(
    store: Store, slack: StandIn, show: Show, by: str | None, database: Database
) -> None:
    slack.flags["C0001"] = {"is_ext_shared": True}
    problems: list[str] = []
    key = ask(store, by) if by else "notice:key-not-exported"
    with delivering(store, slack, problems):
        show(key, "15 rows", "ops")
        until(lambda: database.execute("SELECT aside FROM outbox") == [(True,)])
        show(key, "16 rows", "ops")
        until(lambda: database.execute("SELECT version, aside FROM outbox") == [(2, True)])
    assert slack.messages == []
    assert len(problems) == 1


def test_a_channels_name_and_its_id_are_one_lane(
    store: Store, slack: StandIn, show: Show, pace: pytest.MonkeyPatch
) -> None:
    pace.undo()
    show("op-1", "from the command line", "ops")
    show("op-2", "from the bot", "C0001")
    begun = time.monotonic()
    with delivering(store, slack):
        until(lambda: len(slack.texts("C0001")) == 2)
    assert time.monotonic() - begun >= outbox.CHANNEL_PACE


def test_a_bot_whose_delivery_ended_by_itself_is_told(
    store: Store, slack: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_connection: object) -> float:
        raise RuntimeError("a fault")

    monkeypatch.setattr(outbox, "due_in", broken)
    client, died = web_client("xoxb-x", slack.url), list[str]()
    delivery = Delivery(store, client, Directory(client), "", on_problem=died.append, on_death=died.append)
    delivery.start()
    until(lambda: died)
    delivery.stop()
    assert died == ["delivery to Slack ended by itself: a fault"]


def test_a_picture_is_uploaded_once_into_the_thread_with_words_for_who_cannot_see_it(
    store: Store, slack: StandIn, show_chart: Show
) -> None:
    with delivering(store, slack):
        show_chart("op-1", "deployed", "no table fell")
        until(lambda: slack.thread("deployed") == ["no table fell"])
    (uploaded,) = slack.files.values()
    assert uploaded["content"].startswith(b"\x89PNG")
    assert "no table fell in any of them" in uploaded["alt_txt"]
    assert slack.messages[-1]["files"][0]["title"] == "rows of projectledger over the last 3 deployments"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("files.completeUploadExternal", done=True, reset=True),
        Fault("files.completeUploadExternal", reset=True),
        Fault("files.getUploadURLExternal", status=503),
        Fault("files.getUploadURLExternal", status=429, error="ratelimited", retry_after=1),
    ],
    ids=["reset after it was done", "reset before", "503", "limited"],
)
def test_no_fault_loses_a_picture_or_posts_it_twice(
    store: Store, slack: StandIn, show_chart: Show, database: Database, fault: Fault
) -> None:
    slack.faults.append(fault)
    with delivering(store, slack):
        show_chart("op-1", "deployed", "no table fell")
        until(lambda: database.execute("SELECT count(*) FROM outbox WHERE pending") == [(0,)])
    assert slack.thread("deployed") == ["no table fell"]


def test_a_picture_that_slack_refuses_is_left_out_and_nobody_is_told(
    store: Store, slack: StandIn, show: Show, show_chart: Show, database: Database
) -> None:
    slack.faults.append(Fault("files.getUploadURLExternal", error="missing_scope"))
    with structlog.testing.capture_logs() as logged, delivering(store, slack):
        show_chart("op-1", "deployed", "no table fell")
        until(lambda: database.execute("SELECT aside FROM outbox WHERE chart IS NOT NULL") == [(True,)])
        show("op-1", "deployed, and tested")
        until(lambda: slack.texts() == ["deployed, and tested"])
    assert slack.thread("deployed, and tested") == []
    assert any("left out" in entry["event"] and "scope" in entry["reason"] for entry in logged)


def test_a_picture_that_has_to_wait_keeps_no_message_waiting(
    store: Store, slack: StandIn, show: Show, show_chart: Show, database: Database
) -> None:
    slack.faults.append(
        Fault("files.getUploadURLExternal", status=429, error="ratelimited", retry_after=3600)
    )
    with delivering(store, slack):
        show_chart("op-1", "deployed", "no table fell")
        until(lambda: slack.called("files.getUploadURLExternal") == 1)
        show("op-2", "next")
        until(lambda: slack.texts() == ["deployed", "next"])
    assert database.execute("SELECT key FROM outbox WHERE pending") == [("op-1:rows",)]


def test_a_picture_is_tried_a_few_times_and_then_left_out(
    store: Store, slack: StandIn, show_chart: Show, database: Database
) -> None:
    show_chart("op-1", "deployed", "no table fell")
    database.execute("UPDATE outbox SET attempts = %s WHERE chart IS NOT NULL", [PICTURE_TRIES])
    slack.faults.append(Fault("files.completeUploadExternal", status=503))
    with delivering(store, slack):
        until(lambda: database.execute("SELECT aside FROM outbox WHERE chart IS NOT NULL") == [(True,)])
    assert slack.thread("deployed") == []
