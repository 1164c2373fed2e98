"""The course of an alert, without a clock: seen, worse, gone, back, over, escalated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.alerting import course, grammar, paging
from bot.domain.alerting.alert import Alert, Cause, Matter, by_cause
from bot.domain.alerting.course import Report, first_seen, seen_again
from bot.domain.findings import Code, Finding, Severity, finding
from bot.domain.grammar import Help
from bot.errors import NotFound, UsageError

NOW = datetime(2025, 10, 8, 19, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DATA = Cause(matter=Matter.DATA, database="ledger")
USER = finding(Code.ROWS_ZERO, "User", "12 → 0")
INVOICE = finding(Code.ROWS_DROPPED, "Invoice", "100 → 20 (−80 %)")
LAG = finding(Code.SERVER_REPLICA_LAGGING, "standby", "301 s behind")


def saw(*found: Finding, cause: Cause = DATA) -> Report:
    return Report(cause=cause, findings=found, sure="counted")


def opened(*found: Finding, calmly: bool = False) -> Alert:
    return first_seen(saw(*found or (USER,)), "al-12345678", calmly=calmly, now=NOW).alert


def again(alert: Alert, *found: Finding, after: timedelta = 10 * SECOND, calmly: bool = False) -> course.News:
    return seen_again(alert, saw(*found or (USER,)), calmly=calmly, now=NOW + after)


def resolved(alert: Alert, after: timedelta = MINUTE) -> Alert:
    return replace(alert, gone_at=NOW, resolved_at=NOW + after)


def test_what_is_seen_again_is_told_already_and_only_when_moves() -> None:
    alert = opened()
    news = seen_again(alert, replace(saw(USER), sure="counted later"), calmly=False, now=NOW + MINUTE)
    assert news.is_told
    assert (news.alert.seen_at, news.alert.sure) == (NOW + MINUTE, "counted")
    assert news.alert.findings == alert.findings


def test_a_critical_finding_that_is_new_is_worse_and_a_warning_is_not() -> None:
    assert again(opened(), USER, INVOICE).worse == (INVOICE,)
    assert again(opened(), USER, LAG).is_told
    milder = replace(INVOICE, severity=Severity.WARNING)
    assert again(opened(milder), INVOICE).worse == (INVOICE,)


def test_two_who_see_their_share_of_one_cause_do_not_take_turns_in_telling_it() -> None:
    alert = again(opened(USER, INVOICE), USER).alert
    assert alert.findings == (USER, INVOICE)
    assert again(alert, INVOICE, after=20 * SECOND).is_told
    assert again(alert, USER, after=2 * MINUTE).alert.findings == (USER,)


def test_it_is_over_only_once_its_cause_stayed_away() -> None:
    alert = course.gone(opened(), NOW)
    assert course.gone(alert, NOW + SECOND) is alert
    assert not course.is_over(alert, NOW + 59 * SECOND)
    assert course.is_over(alert, NOW + MINUTE)
    assert not course.is_over(opened(), NOW + HOUR)


def test_what_comes_back_before_that_was_never_gone() -> None:
    news = again(course.gone(opened(), NOW))
    assert news.is_told
    assert news.alert.gone_at is None


def test_what_flaps_stays_one_alert_and_takes_longer_and_longer_to_be_over() -> None:
    news = again(resolved(opened()), after=5 * MINUTE)
    assert (news.reopened, news.alert.returns, news.alert.resolved_at) == (True, 1, None)
    gone = course.gone(news.alert, NOW)
    assert not course.is_over(gone, NOW + MINUTE)
    assert course.is_over(gone, NOW + 2 * MINUTE)
    assert course.is_over(replace(gone, returns=1000), NOW + course.LONGEST_CALM)
    assert not course.reopens(resolved(opened()), NOW + HOUR)


def test_nobody_is_called_before_the_time_is_up_and_then_at_ever_longer_intervals() -> None:
    alert, called = opened(), []
    for minute in range(60):
        now = NOW + minute * MINUTE
        if course.to_be_escalated(alert, 5 * MINUTE, now):
            called.append(minute)
            alert = replace(alert, escalations=alert.escalations + 1, escalated_at=now)
    assert called == [5, 15, 35]


@pytest.mark.parametrize(
    "alert",
    [
        replace(opened(), acknowledged_by=("U1",)),
        course.gone(opened(), NOW),
        resolved(opened()),
        opened(calmly=True),
        opened(LAG),
    ],
    ids=["acknowledged", "gone", "resolved", "in maintenance", "a warning"],
)
def test_nobody_is_called_for_what_somebody_looks_into_or_can_wait(alert: Alert) -> None:
    assert not course.to_be_escalated(alert, 5 * MINUTE, NOW + HOUR)


def test_in_maintenance_only_the_loss_of_data_is_shown_and_afterwards_all_that_stands() -> None:
    lagging = first_seen(
        saw(LAG, cause=Cause(matter=Matter.SERVER, database="ledger")), "al-1", calmly=True, now=NOW
    ).alert
    assert course.is_shown(opened(calmly=True))
    assert not course.is_shown(lagging)
    assert again(lagging, LAG, calmly=True).is_told
    news = again(lagging, LAG)
    assert (news.aloud, course.is_shown(news.alert)) == (True, True)


def test_findings_belong_to_one_cause_each_and_those_of_a_server_to_one_for_each_code() -> None:
    away = finding(Code.IDENTITY_UNREACHABLE, "ledger", "connection refused")
    empty = finding(Code.HISTORY_EMPTY, "_prisma_migrations", "no row")
    found = by_cause("ledger", [USER, away, LAG, empty, INVOICE])
    assert {cause.key: len(each) for cause, each in found.items()} == {
        "ledger/data": 2,
        "ledger/unreachable": 1,
        "ledger/server/server.replica-lagging": 1,
        "ledger/history": 1,
    }


def test_a_page_lasts_for_a_while_and_ends_when_its_alert_does() -> None:
    alert = opened(USER, INVOICE)
    sent = paging.page(alert, "ledger: data is missing", alert.findings, NOW + MINUTE).as_json()
    assert sent["labels"] == {
        "alertname": "SecondkeyData",
        "severity": "critical",
        "database": "ledger",
        "code": "rows.zero",
    }
    assert (sent["startsAt"], sent["endsAt"]) == (
        "2025-10-08T19:12:00+00:00",
        "2025-10-08T19:18:00+00:00",
    )
    assert "12 → 0" in sent["annotations"]["description"]
    assert paging.page(resolved(alert), "", (), NOW + HOUR).as_json()["endsAt"] == "2025-10-08T19:13:00+00:00"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", grammar.WatchStatus(database=None)),
        ("status", grammar.WatchStatus(database=None)),
        ("status ledger", grammar.WatchStatus(database="ledger")),
        ("quiet 2h the server moves", grammar.Quiet(scope="ledger", length="2h", reason="the server moves")),
        ("quiet Ledger 30m vacuum", grammar.Quiet(scope="ledger", length="30m", reason="vacuum")),
        ("quiet all 30m", grammar.Quiet(scope="all", length="30m")),
        ("resume", grammar.Resume(scope="ledger")),
        ("resume all", grammar.Resume(scope="all")),
        ("help", Help()),
    ],
)
def test_watch_is_read(text: str, command: grammar.Command) -> None:
    assert grammar.parse(text, ["ledger"]) == command


@pytest.mark.parametrize("text", ["quiet", "resume ledger now", "shut up", "status ledger now"])
def test_watch_refuses_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(UsageError):
        grammar.parse(text, ["ledger"])


def test_of_several_databases_the_quiet_one_is_named() -> None:
    with pytest.raises((NotFound, UsageError)):
        grammar.parse("quiet 2h moving", ["ledger", "stock"])
