"""What changes slowly around a database: which of it wakes people."""

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.domain.watching.rounds import by_cause
from tests.domain.situations import SITUATIONS

FULL = SITUATIONS[Code.SERVER_CONNECTIONS_FULL]
BOTH = (Matter.SERVER, Matter.BACKUP)


def test_what_becomes_worse_while_nobody_looks_is_a_cause_of_its_own() -> None:
    causes = by_cause("ledger", judge(FULL), BOTH)
    found = {cause for cause, findings in causes.items() if findings}
    assert found == {Cause(matter=Matter.SERVER, database="ledger", subject="server.connections-full")}


def test_every_other_cause_is_named_as_fine_so_that_its_alert_can_end() -> None:
    causes = by_cause("ledger", judge(FULL), BOTH)
    fine = [cause.subject for cause, findings in causes.items() if not findings]
    assert {"server.disk-low", "server.archive-failing", "backup.corrupt", "backup.key-lost"} <= set(fine)


def test_what_was_decided_once_wakes_nobody() -> None:
    for code in (Code.SERVER_SUPERUSER, Code.SERVER_ONE_LOGIN, Code.SERVER_KEY_NOT_EXPORTED):
        assert not any(by_cause("ledger", judge(SITUATIONS[code]), BOTH).values())


def test_of_a_matter_that_was_not_looked_at_nothing_is_said() -> None:
    assert {cause.matter for cause in by_cause("ledger", judge(FULL), [Matter.SERVER])} == {Matter.SERVER}


def test_full_connections_are_told_with_whose_they_are() -> None:
    (found,) = [each for each in judge(FULL).findings if each.code is Code.SERVER_CONNECTIONS_FULL]
    assert found.detail == "90 of 97 connections are taken: app 88, bot 2"
