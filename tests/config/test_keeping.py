"""How long backups are kept, and where they are drilled, as the configuration says it."""

from datetime import timedelta

import pytest

from bot.domain.retention import Policy
from tests.config.conftest import WHOLE, Load, Problems
from tests.config.test_problems import only

RETENTION = "[databases.projectledger.backup.retention]\n"
DRILL = "[databases.projectledger.drill]\n"


def test_without_a_word_nothing_is_deleted_and_drills_need_no_other_server(load_text: Load) -> None:
    database = load_text(WHOLE, need_slack=False).databases["projectledger"]
    assert database.backup.retention is None
    assert database.drill.staging_dsn is None


def test_what_is_left_out_of_a_policy_has_its_default(load_text: Load) -> None:
    text = WHOLE + RETENTION + 'keep_daily = 3\nkeep_others_for = "1w"\n'
    retention = load_text(text, need_slack=False).databases["projectledger"].backup.retention
    assert retention is not None
    assert retention.policy == Policy(keep_daily=3, keep_others_for=timedelta(weeks=1))


@pytest.mark.parametrize("text", ["keep_last = 0", "keep_weekly = -1", 'keep_others_for = "30"', "keep = 1"])
def test_what_would_keep_nothing_or_is_not_understood_is_told(problems: Problems, text: str) -> None:
    reason, hint = only(problems(f"{WHOLE}{RETENTION}{text}\n", need_slack=False))
    assert reason.startswith(f"databases.projectledger.backup.retention.{text.partition(' ')[0]}")
    assert hint


def test_backups_are_not_drilled_on_a_protected_server(problems: Problems) -> None:
    dsn = 'staging_dsn = "postgresql://drill:hidden@db.example.org/postgres"\n'
    reason, hint = only(problems(WHOLE + DRILL + dsn, need_slack=False))
    assert "leads to the server of databases.projectledger, which is protected" in reason
    assert "hidden" not in reason + hint
