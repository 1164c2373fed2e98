"""A bot that was killed in the middle of a backup leaves nobody without one."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot import inline
from bot.domain.operation import Operation, Progress
from bot.errors import Refused
from bot.operations.services import Services
from bot.store.jobs import hand_over
from tests.operations.working import ask_backup, logged, shown
from tests.servers import Database

DYING = Path(__file__).parents[1] / "store" / "dying_worker.py"


@pytest.fixture
def killed(services: Services) -> Operation:
    """A backup that a bot had begun when it was killed."""
    operation = ask_backup(replace(services, defer=hand_over))
    with subprocess.Popen(
        [sys.executable, str(DYING), services.store.dsn], stdout=subprocess.PIPE, text=True
    ) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline().strip() == operation.id
        bot.kill()
    return operation


def age(state: Database, table: str, column: str) -> None:
    """As if half a minute had gone by without a sign of life."""
    state.execute(f"UPDATE {table} SET {column} = {column} - interval '30 seconds'")  # noqa: S608


def test_the_command_line_tells_that_it_failed_and_makes_another(
    killed: Operation, services: Services, state: Database, load_operation: Callable[[Operation], Operation]
) -> None:
    with pytest.raises(Refused) as just_now:
        inline.back_up(services, "", lambda _: None)
    assert "ask again in 20 s" in just_now.value.hint
    age(state, "operations", "heartbeat")
    with pytest.raises(Refused, match="the running bot takes it over"):
        inline.back_up(services, "", lambda _: None)
    age(state, "procrastinate_workers", "last_heartbeat")
    made = inline.back_up(services, "ledger again", lambda _: None)
    assert made.manifest.reason == "again"
    dead = load_operation(killed)
    assert (dead.progress, dead.problem[:21]) == (Progress.FAILED, "the process that ran ")
    assert logged(services)[-3:] == ["backup.failed", "backup.requested", "backup.done"]
    assert "Backup failed" in shown(services, killed)
