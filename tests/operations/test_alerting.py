"""Alerts: one for each cause, from when it is seen to when it is over."""

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code, finding
from bot.operations.alerting.reporting import report, settle
from bot.operations.services import Services
from tests.operations.conftest import NAME

DATA = Cause(matter=Matter.DATA, database=NAME)
ZERO = finding(Code.ROWS_ZERO, "User", "12 → 0", "find out what emptied it")


def shown(services: Services) -> list[tuple[str, str]]:
    with services.store.transaction() as connection:
        return connection.execute("SELECT key, text FROM outbox ORDER BY number").fetchall()


def test_the_same_cause_is_told_once(services: Services) -> None:
    report(services, DATA, [ZERO], sure="counted")
    first = shown(services)
    report(services, DATA, [ZERO], sure="counted")
    settle(services, DATA)
    report(services, DATA, [ZERO], sure="counted")
    assert shown(services) == first
    assert [text for _, text in first] == ["🔴 ledger: data is missing: User lost rows"]
