"""Backups happen without anybody remembering; where none was made in its time, it is made up for."""

from bot.app import running_bot
from bot.config import load
from bot.domain.operation import Kind
from bot.store import operations
from tests.e2e.conftest import World
from tests.e2e.people import says
from tests.e2e.terminal import secondkey
from tests.waiting import until

KNOWN = (
    "INSERT INTO schedules"
    " VALUES ('backup-projectledger', '0 2 * * * UTC', clock_timestamp() - interval '2 days')"
)


def test_a_bot_that_was_down_makes_up_for_the_backup_and_says_so_when_it_is_asked(world: World) -> None:
    def ended() -> bool:
        with world.services.store.transaction() as connection:
            return operations.last_done(connection, "projectledger", Kind.BACKUP) is not None

    with world.services.store.transaction() as connection:
        connection.execute(KNOWN)
    daily = world.config.read_text().replace('backup.schedule = "off"', 'backup.schedule = "0 2 * * *"')
    world.config.write_text(daily)
    faults: list[str] = []
    with running_bot(load(world.config, {}, need_slack=True), faults.append) as services:
        until(ended, limit=30)
        (made,) = services.repository.backups("projectledger")
    shown = secondkey("schedule", config=world.config)
    assert shown.code == 0, shown.output
    assert f"done, {made.id}" in shown.output
    assert "Made up for: due " in shown.output
    assert not any(says(made.id)(message) for message in world.slack.messages("ops"))
    assert not faults
