"""What changes slowly around a database: which of it wakes people."""

from dataclasses import replace

import pytest

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.domain.observation import BackupFacts, ServerFacts, Unseen
from bot.domain.watching.rounds import DISK_FREE, by_cause
from tests.domain.situations import SITUATIONS

_FULL = SITUATIONS[Code.SERVER_CONNECTIONS_FULL]
FULL = replace(_FULL, server=replace(_FULL.server, login="bot"))
NAME = FULL.database
BOTH = (Matter.SERVER, Matter.BACKUP)


def test_what_becomes_worse_while_nobody_looks_is_a_cause_of_its_own() -> None:
    causes = by_cause(FULL, judge(FULL), BOTH)
    found = {cause for cause, findings in causes.items() if findings}
    assert found == {Cause(matter=Matter.SERVER, database=NAME, subject="server.connections-full")}


def test_every_other_cause_is_named_as_fine_so_that_its_alert_can_end() -> None:
    causes = by_cause(FULL, judge(FULL), BOTH)
    fine = [cause.subject for cause, findings in causes.items() if not findings]
    assert {"server.disk-low", "server.archive-failing", "backup.corrupt", "backup.key-lost"} <= set(fine)


def test_what_was_decided_once_wakes_nobody() -> None:
    for code in (Code.SERVER_SUPERUSER, Code.SERVER_ONE_LOGIN, Code.SERVER_KEY_NOT_EXPORTED):
        assert not any(by_cause(SITUATIONS[code], judge(SITUATIONS[code]), BOTH).values())


def test_of_a_matter_that_was_not_looked_at_nothing_is_said() -> None:
    assert {cause.matter for cause in by_cause(FULL, judge(FULL), [Matter.SERVER])} == {Matter.SERVER}


@pytest.mark.parametrize(
    "facts",
    [
        ServerFacts(unseen=(Unseen(what="server", reason="no answer", hint=""),)),
        ServerFacts(login="bot", unseen=(Unseen(what="archive", reason="refused", hint=""),)),
    ],
)
def test_where_the_server_was_not_seen_no_alert_about_it_ends(facts: ServerFacts) -> None:
    unseen = replace(FULL, server=facts)
    assert by_cause(unseen, judge(unseen), [Matter.SERVER]) == {}


def test_a_command_that_cannot_tell_the_room_is_told_and_ends_no_alert_about_the_disk() -> None:
    unknown = Unseen(what=DISK_FREE, reason="it ended with 1", hint="run it by hand")
    seen = replace(FULL, server=replace(FULL.server, unseen=(unknown,)))
    causes = {cause.subject: found for cause, found in by_cause(seen, judge(seen), [Matter.SERVER]).items()}
    assert [each.subject for each in causes["server.unreadable"]] == [DISK_FREE]
    assert "server.disk-low" not in causes
    assert causes["server.archive-failing"] == ()


def test_what_a_login_is_never_shown_keeps_no_other_alert_open() -> None:
    hidden = Unseen(what="bot", reason="hidden", hint="")
    seen = replace(FULL, server=replace(FULL.server, unseen=(hidden,)))
    assert len(by_cause(seen, judge(seen), [Matter.SERVER])) > 1


def test_while_the_repository_cannot_be_read_no_alert_about_backups_ends() -> None:
    away = BackupFacts(unreadable=Unseen(what="repository", reason="the mount is gone", hint=""))
    causes = by_cause(replace(FULL, backups=away), judge(replace(FULL, backups=away)), [Matter.BACKUP])
    assert [cause.subject for cause in causes] == ["backup.unreadable"]


def test_full_connections_are_told_with_whose_they_are() -> None:
    (found,) = [each for each in judge(FULL).findings if each.code is Code.SERVER_CONNECTIONS_FULL]
    assert found.detail == "90 of 97 connections are taken: app 88, bot 2"
