"""Alerts: one for each cause, from when it is seen to when it is over."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from psycopg.errors import DeadlockDetected
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.config import Slack
from bot.config.alerting import Alerts
from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.findings import Code, finding
from bot.domain.observation import Replica, ServerFacts, Slot
from bot.errors import NotFound, Refused, UsageError
from bot.operations.alerting import acknowledging, attending, quieting, standing, webhooks
from bot.operations.alerting.digest import post_digest
from bot.operations.alerting.reporting import report, settle
from bot.operations.alerting.webhooks import NotTaken, Sender
from bot.operations.repeating import Repeating
from bot.operations.services import Services
from bot.slack.directory import Channel
from bot.slack.views import watch as view
from bot.store import alerts, incidents, outbox
from tests.operations.conftest import NAME, Place
from tests.operations.workspace_stand_in import CHANNEL, TS, Workspace
from tests.waiting import until

OWN = "C0002"
MARA, JONAS, GUEST = "U00000001", "U00000002", "U00000003"
DATA = Cause(matter=Matter.DATA, database=NAME)
DRILL = Cause(matter=Matter.DRILL, database=NAME)
ZERO = finding(Code.ROWS_ZERO, "User", "12 → 0", "find out what emptied it")
LESS = finding(Code.ROWS_DROPPED, "Invoice", "100 → 20 (−80 %)")
FAILED = finding(Code.BACKUP_CORRUPT, "B-20251008-191204-abcd", "its checksum differs")


class Office:
    """A bot whose workspace and clock are in our hands."""

    def __init__(self, services: Services) -> None:
        self.workspace = Workspace(MARA, JONAS, GUEST)
        self.workspace.people[GUEST] = replace(self.workspace.people[GUEST], is_guest=True)
        self.workspace.approvers = {JONAS}
        self.services = replace(services, directory=self.workspace)  # type: ignore[arg-type]

    def see(self, *found: Any, cause: Cause = DATA) -> None:
        report(self.services, cause, found or [ZERO], sure="counted at 12:04:07")

    def settle(self, cause: Cause = DATA) -> None:
        settle(self.services, cause)

    def look(self, *, again: bool = False) -> None:
        attending.look_after(self.services, again=again)

    def pass_by(self, time: str) -> None:
        """So long ago was everything."""
        with self.services.store.transaction() as connection:
            connection.execute(
                "UPDATE alerts SET since = since - %(t)s::interval, seen_at = seen_at - %(t)s::interval,"
                " aloud_at = aloud_at - %(t)s::interval, gone_at = gone_at - %(t)s::interval,"
                " escalated_at = escalated_at - %(t)s::interval, resolved_at = resolved_at - %(t)s::interval",
                {"t": time},
            )
            connection.execute("UPDATE maintenance_windows SET until = until - %s::interval", [time])

    def posted(self) -> None:
        """Slack has the newest alert's message."""
        with self.services.store.transaction() as connection:
            connection.execute(
                "UPDATE outbox SET posted_channel = %s, ts = %s, delivered = version"
                " WHERE key = (SELECT id FROM alerts ORDER BY since DESC LIMIT 1)",
                [CHANNEL, TS],
            )

    def said(self) -> list[str]:
        """The texts of all messages, in order."""
        return [text for text, _ in self._shown()]

    def whole(self) -> str:
        """All that all messages say."""
        return "\n".join(f"{text} {blocks}" for text, blocks in self._shown())

    def alert(self) -> Alert:
        with self.services.store.transaction() as connection:
            (found,) = alerts.recent(connection, timedelta(days=1))
        return found

    def log(self) -> list[str]:
        with self.services.store.transaction() as connection:
            rows = connection.execute("SELECT actor, action FROM audit_log ORDER BY number").fetchall()
        return [f"{actor} {action}" for actor, action in rows if action.startswith(("alert", "incident"))]

    def configure(self, **changes: Any) -> None:
        settings = self.services.settings.model_copy(update={"alerts": Alerts(**changes)})
        self.services = replace(self.services, settings=settings)

    def give_the_bot_a_channel(self, *, archived: bool) -> None:
        """Another one than that of the database, which is archived or not."""
        slack = Slack(bot_token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1"), channel="bots")
        settings = self.services.settings.model_copy(update={"slack": slack})
        self.services = replace(self.services, settings=settings)
        self.workspace.archived = archived
        self.workspace.own = Channel(id=OWN, name="bots", joined=True, archived=False, shared=False)

    def stands_in(self) -> str:
        """The channel of the alert."""
        with self.services.store.transaction() as connection:
            return outbox.channel_of(connection, self.alert().id)

    def _shown(self) -> list[tuple[str, str]]:
        with self.services.store.transaction() as connection:
            rows = connection.execute("SELECT text, blocks FROM outbox WHERE key LIKE 'al-%' ORDER BY number")
            return [(text, json.dumps(blocks, ensure_ascii=False)) for text, blocks in rows]


@pytest.fixture
def office(services: Services) -> Office:
    return Office(services)


def test_the_same_cause_is_told_once_however_often_and_by_how_many_it_is_seen(office: Office) -> None:
    with ThreadPoolExecutor(4) as eyes:
        list(eyes.map(lambda _: office.see(), range(8)))
    office.settle()
    office.see()
    office.look(again=True)
    assert office.said() == ["🔴 ledger: data is missing: User 12 → 0"]
    assert office.log().count("secondkey alert.opened") == 1


def test_it_is_over_in_the_same_thread_once_it_stayed_away(office: Office) -> None:
    office.see()
    office.settle()
    office.look()
    assert len(office.said()) == 1
    office.pass_by("4 minutes")
    office.look()
    first, last = office.said()
    assert first.startswith("✅ Resolved after")
    assert last.startswith("Resolved: ledger: data is missing; it lasted")
    office.see()
    assert office.said()[0].startswith("🔴 ledger: data is missing")
    assert office.said()[-1].startswith("It is back")
    assert office.alert().returns == 1
    office.settle()
    office.pass_by("1 hour")
    office.look()
    office.pass_by("1 hour")
    office.see()
    assert office.log().count("secondkey alert.opened") == 2


def test_once_its_incident_was_closed_what_comes_next_is_another_loss(office: Office) -> None:
    office.see()
    first = office.alert()
    office.settle()
    office.pass_by("4 minutes")
    office.look()
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE incidents SET stage = 'closed', closed_at = now()")
    office.see()
    with office.services.store.transaction() as connection:
        (second,) = alerts.all_open(connection)
        standing = incidents.open_of(connection, NAME)
    assert second.id != first.id
    assert second.since > first.since
    assert standing is not None
    assert standing.alerts == (second.id,)


def test_worse_news_is_told_in_the_thread_and_to_whoever_looks_into_it(office: Office) -> None:
    office.see()
    office.posted()
    office.workspace.reactions = {"eyes": {MARA}}
    acknowledging.reacted(office.services, CHANNEL, TS)
    office.see(ZERO, LESS)
    assert office.said()[-1] == "It got worse: Invoice 100 → 20 (−80 %)"
    assert f"<@{MARA}>" in office.whole()
    assert "Invoice" in office.said()[0]


def test_counts_stay_out_of_a_channel_that_outsiders_may_read(office: Office) -> None:
    shared = Channel(id=CHANNEL, name="ops", joined=True, archived=False, shared=True)
    office.workspace.channel = lambda _name: shared  # type: ignore[method-assign]
    office.see()
    office.see(ZERO, LESS)
    assert office.said() == [
        "🔴 ledger: data is missing: User lost rows, Invoice lost rows",
        "It got worse: Invoice lost rows",
    ]
    assert "12 →" not in office.whole()
    assert "100 →" not in office.whole()


def test_an_alert_whose_channel_takes_nothing_stands_in_the_bots_own_without_counts(office: Office) -> None:
    office.give_the_bot_a_channel(archived=True)
    office.see()
    assert office.said() == ["🔴 ledger: data is missing: User lost rows"]
    assert "Told here because #ops is archived: mend it" in office.whole()
    assert office.stands_in() == OWN
    office.give_the_bot_a_channel(archived=False)
    office.see(ZERO, LESS)
    assert office.said()[1:] == ["It got worse: Invoice lost rows"]
    assert "Told here because it could not be told in #ops at first" in office.whole()
    assert office.stands_in() == OWN
    assert "12 →" not in office.whole()


def test_an_alert_whose_channel_goes_away_is_told_anew_in_the_bots_own(office: Office) -> None:
    office.give_the_bot_a_channel(archived=False)
    office.see()
    office.see(ZERO, LESS)
    office.posted()
    assert office.stands_in() == CHANNEL
    office.pass_by("6 minutes")
    office.look()
    assert office.alert().escalations == 1
    office.give_the_bot_a_channel(archived=True)
    office.look(again=True)
    assert office.said() == [
        "🔴 ledger: data is missing: User lost rows, Invoice lost rows",
        "ledger: data is missing: nobody has looked into this for 6 min",
    ]
    assert office.stands_in() == OWN
    with office.services.store.transaction() as connection:
        assert alerts.place_of(connection, office.alert().id) is None
    office.workspace.away = "everything"
    office.settle()
    office.pass_by("4 minutes")
    office.look()
    assert office.said()[-1].startswith("Resolved: ledger: data is missing")
    assert office.stands_in() == OWN


@pytest.mark.parametrize("posted", [False, True])
def test_what_waits_to_be_said_is_not_lost_when_slack_tells_the_channels_id(
    office: Office, *, posted: bool
) -> None:
    office.workspace.away = "everything"
    office.see()
    office.see(ZERO, LESS)
    assert office.stands_in() == "ops"
    if posted:
        office.posted()
    office.workspace.away = ""
    office.look(again=True)
    assert office.stands_in() == CHANNEL
    assert sorted(office.said()) == [
        "It got worse: Invoice lost rows",
        "🔴 ledger: data is missing: User 12 → 0, Invoice 100 → 20 (−80 %)",
    ]
    with office.services.store.transaction() as connection:
        assert (alerts.place_of(connection, office.alert().id) is not None) == posted


def test_eyes_count_from_those_who_may_act_and_are_taken_back(office: Office) -> None:
    office.see()
    office.posted()
    office.look()
    assert office.workspace.added == ["eyes"]
    office.workspace.reactions = {"eyes": {GUEST}}
    acknowledging.reacted(office.services, CHANNEL, TS)
    assert office.alert().acknowledged_by == ()
    office.workspace.reactions = {"eyes": {GUEST, MARA}}
    acknowledging.reacted(office.services, CHANNEL, TS)
    assert office.alert().acknowledged_by == (MARA,)
    assert f"👀 <@{MARA}> looks into it" in office.whole()
    office.pass_by("1 hour")
    office.look()
    assert "alert.escalated" not in " ".join(office.log())
    office.workspace.reactions = {}
    office.look(again=True)
    assert office.alert().acknowledged_by == ()
    assert office.log()[-2:] == [f"{MARA} alert.acknowledged", f"{MARA} alert.left"]


def test_where_nobody_looks_a_group_is_called_and_again_later(office: Office) -> None:
    office.see()
    office.look()
    assert len(office.said()) == 1
    office.pass_by("6 minutes")
    office.look()
    office.look()
    assert office.said()[1:] == ["ledger: data is missing: nobody has looked into this for 6 min"]
    assert "<!subteam^S1>" in office.whole()
    office.pass_by("11 minutes")
    office.look()
    assert office.alert().escalations == 2


def test_a_reaction_that_was_missed_is_read_before_anybody_is_called(office: Office) -> None:
    office.see()
    office.posted()
    office.workspace.reactions = {"eyes": {JONAS}}
    office.pass_by("6 minutes")
    office.look()
    assert (office.alert().acknowledged_by, office.alert().escalations) == ((JONAS,), 0)


def test_a_slack_that_does_not_say_who_looks_keeps_nobody_from_being_called(office: Office) -> None:
    office.see()
    office.posted()
    office.pass_by("6 minutes")
    office.workspace.away = "everything"
    with pytest.raises(Exception, match="ratelimited"):
        office.look()
    assert office.alert().escalations == 1


def test_an_alert_that_meets_trouble_leaves_the_others_to_be_looked_after(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(services: Services, alert: Alert) -> None:
        if alert.cause == DATA:
            raise DeadlockDetected
        ended(services, alert)

    office.see()
    office.see(FAILED, cause=DRILL)
    office.settle()
    office.settle(DRILL)
    office.pass_by("4 minutes")
    ended = attending._end
    monkeypatch.setattr(attending, "_end", end)
    office.look()
    with office.services.store.transaction() as connection:
        assert [each.cause for each in alerts.all_open(connection)] == [DATA]


def test_an_alert_of_a_database_that_is_no_longer_configured_is_over(office: Office) -> None:
    office.see(FAILED, cause=replace(DRILL, database="gone"))
    office.look()
    assert office.alert().resolved_at is not None


def test_in_maintenance_a_loss_is_told_calmly_and_nothing_else_until_it_is_over(office: Office) -> None:
    quieting.begin(office.services, NAME, timedelta(hours=2), "the server is moved", MARA)
    office.see()
    office.see(FAILED, cause=DRILL)
    assert office.said() == ["🔧 In maintenance · ledger: data is missing: User 12 → 0"]
    office.pass_by("1 hour")
    office.look(again=True)
    assert {line.split(".")[1] for line in office.log()} == {"opened"}
    listed = json.dumps(standing.status(office.services, [NAME]).blocks, ensure_ascii=False)
    assert "2 alerts open" in listed
    assert "calm: maintenance" in listed
    assert "the server is moved" in listed
    office.pass_by("2 hours")
    office.look()
    assert office.said()[0].startswith("🔴 ledger: data is missing")
    assert "🔴 ledger: a drill failed: backup.corrupt" in office.said()
    assert sum(text.startswith("The maintenance window is over") for text in office.said()) == 2
    assert "secondkey incident.opened" in office.log()


def test_maintenance_ends_when_somebody_says_so_and_only_where_it_was_begun(office: Office) -> None:
    quieting.begin(office.services, "all", timedelta(hours=2), "the network is moved", MARA)
    with pytest.raises(NotFound, match="no maintenance window of ledger"):
        quieting.resume(office.services, NAME, MARA)
    office.see(FAILED, cause=DRILL)
    assert office.said() == []
    quieting.resume(office.services, "all", JONAS)
    office.look()
    assert office.said()[0] == "🔴 ledger: a drill failed: backup.corrupt"


def test_maintenance_needs_a_reason_and_an_end_within_a_day(office: Office) -> None:
    with pytest.raises(Refused, match="a reason is needed"):
        quieting.begin(office.services, NAME, timedelta(hours=2), " ", MARA)
    with pytest.raises(UsageError, match="lasts at most 24 h"):
        quieting.begin(office.services, NAME, timedelta(hours=25), "moving", MARA)


def test_a_terminal_does_the_same(office: Office, place: Place) -> None:
    def watch(*words: str) -> Result:
        return CliRunner().invoke(app, ["watch", *words, "--config", str(place.folder / "secondkey.toml")])

    begun = watch("quiet", NAME, "2h", "the", "server", "moves", "--json")
    assert (begun.exit_code, json.loads(begun.output)["reason"]) == (0, "the server moves")
    office.see(FAILED, cause=DRILL)
    told = watch()
    assert told.exit_code == 1
    for words in ("1 alert open", "ledger: a drill failed", "calm: maintenance", "the server moves"):
        assert words in told.output
    assert json.loads(watch("status", "--json").output)["alerts"][0]["codes"] == ["backup.corrupt"]
    assert watch("resume").output == "ledger is quiet no more\n"
    assert watch("quiet", "2h").exit_code == 4


def test_a_loss_opens_one_incident_and_says_so(office: Office) -> None:
    office.see()
    office.see(ZERO, LESS)
    assert office.log().count("secondkey incident.opened") == 1
    assert "deployments are frozen" in office.whole()


def test_a_digest_tells_of_every_database_without_counts(office: Office) -> None:
    slack = type("Slack", (), {"channel": "ops", "command_prefix": ""})()
    settings = office.services.settings.model_copy(update={"slack": slack})
    office.see()
    with office.services.store.transaction() as connection:
        post_digest(replace(office.services, settings=settings), connection)
        ((text, blocks),) = connection.execute("SELECT text, blocks FROM outbox WHERE key LIKE 'digest:%'")
    assert text == "Digest: 0 of 1 database well: not ledger"
    told = json.dumps(blocks, ensure_ascii=False)
    for word in (
        "in danger",
        "data is missing: User lost rows",
        "Backup: none yet",
        "What comes",
        "backup of",
    ):
        assert word in told
    assert "12 →" not in told


class Alertmanager:
    """Takes what is posted, over HTTP."""

    def __init__(self) -> None:
        self.got: list[list[dict[str, Any]]] = []
        self.logins: list[str | None] = []
        self.answer = 200
        taken = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                taken.got.append(body)
                taken.logins.append(self.headers.get("Authorization"))
                self.send_response(taken.answer)
                if taken.answer == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def do_GET(self) -> None:
                taken.got.append([{"followed": self.path}])

            def log_message(self, *_arguments: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.server.server_port}/api/v2/alerts"


@pytest.fixture
def manager() -> Iterator[Alertmanager]:
    made = Alertmanager()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_webhook_gets_alerts_as_alertmanager_takes_them_without_counts(
    office: Office, manager: Alertmanager
) -> None:
    sender = Sender(office.services, manager.url("pager:s3cret@"))
    sender.send()
    assert manager.got == []
    office.see()
    sender.send()
    sender.send()
    ((sent,),) = manager.got
    assert sent["labels"] == {
        "alertname": "SecondkeyData",
        "severity": "critical",
        "database": NAME,
        "code": "rows.zero",
    }
    assert sent["annotations"]["summary"] == "ledger: data is missing"
    assert "12 →" not in json.dumps(sent, ensure_ascii=False)
    assert sent["startsAt"] < sent["endsAt"]
    assert "generatorURL" not in sent
    assert manager.logins == ["Basic cGFnZXI6czNjcmV0"]
    office.posted()
    sender.send()
    assert manager.got[-1][0]["generatorURL"] == "https://acme.slack.com/archives/C0001/p1700000000000100"
    office.settle()
    office.pass_by("4 minutes")
    office.look()
    sender.send()
    assert manager.got[-1][0]["endsAt"] == office.alert().resolved_at.isoformat()  # type: ignore[union-attr]


def test_counts_are_sent_where_the_configuration_says_so_and_nothing_in_maintenance(
    office: Office, manager: Alertmanager
) -> None:
    office.configure(webhooks=(SecretStr(manager.url()),), webhook_counts=True)
    sender = Sender(office.services, manager.url())
    office.see()
    sender.send()
    assert "12 → 0" in manager.got[0][0]["annotations"]["description"]
    quieting.begin(office.services, NAME, timedelta(hours=2), "moving", MARA)
    sender.send()
    assert len(manager.got) == 1


def test_what_gets_other_labels_is_over_under_the_old_ones(office: Office, manager: Alertmanager) -> None:
    sender = Sender(office.services, manager.url())
    office.see(LESS)
    sender.send()
    office.see(ZERO, LESS)
    sender.send()
    new, old = manager.got[-1]
    assert (new["labels"]["code"], old["labels"]["code"]) == ("rows.zero", "rows.dropped")
    assert old["endsAt"] < new["endsAt"]


@pytest.mark.parametrize("answer", [500, 302])
def test_what_was_not_taken_is_sent_again_and_nobody_sees_the_secret(
    office: Office, manager: Alertmanager, answer: int
) -> None:
    sender = Sender(office.services, manager.url("pager:s3cret@"))
    office.see()
    manager.answer = answer
    with pytest.raises(NotTaken) as problem:
        sender.send()
    assert f"it answered {answer}" in problem.value.reason
    assert "s3cret" not in str(problem.value)
    manager.answer = 200
    sender.send()
    assert len(manager.got) == 2


def test_the_bot_looks_after_alerts_and_sends_them_until_it_stops(
    office: Office, manager: Alertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "EVERY", 0.02)
    office.configure(webhooks=(SecretStr(manager.url()),))
    faults: list[str] = []
    parts = [
        Repeating(
            "looking after alerts", attending.Attention(office.services), every=0.02, on_death=faults.append
        ),
        *webhooks.senders(office.services, faults.append),
    ]
    for part in parts:
        part.start()
    office.see()
    office.posted()
    until(lambda: office.workspace.added == ["eyes"] and manager.got)
    for part in parts:
        part.stop()
    assert faults == []


def test_the_status_shows_standbys_and_slots_or_why_they_are_not_known(office: Office) -> None:
    listed = json.dumps(standing.status(office.services, [NAME]).blocks, ensure_ascii=False)
    assert "no replica is connected, and there is no replication slot" in listed
    database = office.services.database(NAME)
    nowhere = SecretStr("postgresql://127.0.0.1:1/ledger")
    office.services.settings.databases[NAME] = database.model_copy(update={"dsn": nowhere})
    listed = json.dumps(standing.status(office.services, [NAME]).blocks, ensure_ascii=False)
    assert "not known" in listed
    assert "127.0.0.1:1" in listed


def test_a_standby_is_shown_with_how_far_it_is_behind() -> None:
    standby = Replica(name="db2", lag=timedelta(seconds=5), behind_bytes=2_000_000)
    facts = ServerFacts(replicas=(standby,), slots=(Slot(name="cdc", active=False, kept_bytes=7_000_000),))
    listed = json.dumps(view.standing([], [], datetime.now(UTC), {NAME: facts}).blocks, ensure_ascii=False)
    assert "`db2` streaming, async, 5.0 s and 2.0 MB behind" in listed
    assert "`cdc` inactive, keeps 7.0 MB" in listed
