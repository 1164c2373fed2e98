"""Each of the demo's disasters: noticed, restored by two people, row for row as before, and undone."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from bot.app import running_bot
from bot.config import load
from bot.demo.configuration import write_configuration
from bot.demo.database import DemoDatabase
from bot.demo.disasters import DISASTERS, bring_about
from bot.demo.folder import alone
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.manifest import manifest
from bot.state_server import delete_state_server
from tests.e2e.people import Message, Slack, says, text_of
from tests.e2e.test_restore import APPROVE

#: Of every table: how many rows, and a sum over what they hold.
Contents = dict[str, tuple[int, int | None]]
TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'secondkey')
"""
CONTENTS = "SELECT count(*), sum(hashtext(each::text)) FROM {} AS each"
LEFT_OVER = "SELECT datname FROM pg_database WHERE datname LIKE 'projectledger\\_new\\_%'"


def contents(database: DemoDatabase) -> Contents:
    with psycopg.connect(database.owner_dsn) as connection:
        tables = [sql.Identifier(*names) for names in connection.execute(TABLES).fetchall()]
        asked = ((table.as_string(), sql.SQL(CONTENTS).format(table)) for table in tables)
        return {name: connection.execute(statement).fetchall()[0] for name, statement in asked}


@dataclass(frozen=True, kw_only=True)
class Team:
    """Somebody who asks, somebody else who may approve, and what they protect."""

    slack: Slack
    database: DemoDatabase
    asker: str
    second: str

    def types(self, command: str, text: str, *words: str) -> Message:
        """The answer to a command, once it says these words."""
        before = {message["ts"] for message in self.slack.messages("ops")}
        self.slack.command(self.asker, "ops", command, text)
        answers = says(*words)
        return self.slack.wait("ops", lambda message: message["ts"] not in before and answers(message))

    def approves(self, request: Message, *words: str) -> Message:
        """What the request becomes, once it says these words."""
        self.slack.react(self.second, "ops", request, APPROVE)
        becomes = says(*words)
        return self.slack.wait("ops", lambda message: message["ts"] == request["ts"] and becomes(message))

    def undoes(self, reason: str) -> Message:
        return self.approves(self.types("/restore", f"undo projectledger {reason}", "✅ approve"), "Undone")


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    """One demo for all six, adopted and backed up; each disaster finds it good again."""
    faults: list[str] = []
    with TemporaryDirectory(prefix="secondkey-disasters-") as directory, ExitStack() as parts:
        quick = parts.enter_context(pytest.MonkeyPatch.context())
        quick.setattr("bot.store.outbox.CHANNEL_PACE", 0.01)
        quick.setattr("bot.store.outbox.MESSAGE_PACE", 0.01)
        folder = Path(directory)
        folder.chmod(0o711)
        parts.enter_context(alone(folder))
        database = DemoDatabase(folder)
        parts.callback(database.delete)
        database.start()
        simulator = Simulator(0, folder / "slack", demo_workspace().with_manifest(manifest()))
        simulator.faults.rate_limits = False
        simulator.start()
        parts.callback(simulator.stop)
        config = write_configuration(folder, database, simulator)
        parts.callback(delete_state_server, folder / "state")
        parts.enter_context(running_bot(load(config, {}, need_slack=True), faults.append))
        slack = Slack(simulator.url)
        asker, second = slack.one(group="engineering", without="dba"), slack.one(group="dba")
        made = Team(slack=slack, database=database, asker=asker, second=second)
        made.types("/verify", "accept", "Accepted")
        made.types("/backup", "before v1.3.0", "restore-tested", "healthy")
        yield made
    assert not faults
    assert not simulator.unknown_calls


@pytest.mark.parametrize("kind", DISASTERS)
def test_a_disaster_is_noticed_restored_by_two_people_and_undone(team: Team, kind: str) -> None:
    sample = contents(team.database)
    bring_about(kind, team.database)
    team.types("/verify", "", "Blocked")

    request = team.types("/restore", f"projectledger {kind} happened", "✅ approve", "Copy: ready")
    restored = team.approves(request, "🟢 Restored", "49,341 rows")
    assert contents(team.database) == sample
    team.types("/verify", "", "All there")

    if kind == "drop-database":
        assert "there is no undo" in text_of(request)
        assert "To go back" not in text_of(restored)
    else:
        team.undoes("it was the wrong one")
        assert contents(team.database) != sample
        team.undoes("it was the right one")
        assert contents(team.database) == sample
    with psycopg.connect(team.database.owner_dsn) as connection:
        assert connection.execute(LEFT_OVER).fetchall() == []
