"""What surrounds the data: what is not known there is never taken for fine."""

import pytest

from bot.domain.findings import Code, Outcome
from bot.domain.judgement import judge
from bot.domain.observation import MissingClient, Unseen
from tests.domain.situations import policy, server

LOOKED_IN = "/usr/lib/postgresql/*/bin (found: 17)"


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ("", "and no backup can be made or tested without them"),
        ("17.10", "and 17.10 is used instead: what it dumps may not go back to a 15"),
    ],
)
def test_missing_programs_are_told_with_where_was_looked_and_the_cure(instead: str, told: str) -> None:
    missing = MissingClient(major=15, looked_in=LOOKED_IN, instead=instead)
    verdict = judge(server(missing_client=missing))
    (found,) = verdict.findings
    assert (found.code, verdict.outcome) == (Code.SERVER_CLIENT_MISSING, Outcome.WARN)
    assert found.detail == (f"those of PostgreSQL 15 are not on this machine, {told}; looked in {LOOKED_IN}")
    assert "postgresql-client-15" in found.hint


def test_large_objects_that_no_backup_could_take_block_with_the_grant() -> None:
    refused = Unseen(what="large objects", reason="bot may not read 1 of 2", hint="`GRANT owner TO bot`")
    verdict = judge(server(large_objects=refused))
    (found,) = verdict.findings
    assert (found.code, verdict.outcome) == (Code.ROWS_UNREADABLE, Outcome.BLOCK)
    assert found.detail == "no backup but an emergency one can be made: bot may not read 1 of 2"
    assert found.hint == "`GRANT owner TO bot`"


def test_approvers_whom_slack_does_not_tell_are_not_taken_for_enough() -> None:
    (found,) = judge(policy(approvers_problem="Slack asks to wait")).findings
    assert found.code is Code.POLICY_TOO_FEW_APPROVERS
    assert found.detail == "it is not known whether enough people could approve: Slack asks to wait"


def test_nothing_is_said_of_approvers_where_slack_is_not_reached() -> None:
    assert judge(policy()).findings == ()


def test_too_few_approvers_are_told_with_the_entries_that_stand_for_nobody() -> None:
    (found,) = judge(policy(eligible_approvers=0, approvers_problem="@dba: there is no such group")).findings
    assert found.detail == (
        "0 eligible approvers in all; 1 beside the requester needed; @dba: there is no such group"
    )


@pytest.mark.parametrize(
    ("size", "free", "wanted"),
    [
        (20_000_000_000, 19_000_000_000, "20.0 GB"),
        (20_000_000_000, 21_000_000_000, None),
        (5_000_000, 900_000_000, "1.0 GB"),
        (None, 900_000_000, "1.0 GB"),
        (20_000_000_000, None, None),
    ],
)
def test_the_servers_volume_should_have_room_for_the_database_once_more(
    size: int | None, free: int | None, wanted: str | None
) -> None:
    findings = judge(server(database_bytes=size, server_free_bytes=free)).findings
    assert [found.code for found in findings] == ([Code.SERVER_DISK_LOW] if wanted else [])
    assert all(f"{wanted} are wanted" in found.detail for found in findings)
