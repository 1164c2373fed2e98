"""What restores leave behind is kept for its days, announced, dropped: that very database and no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.restoring.made import Kind as MadeKind
from bot.errors import Refused
from bot.operations import keeping
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from tests.operations.conftest import NAME
from tests.operations.nights import Night, a_night


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path) as night:
        night.protect()
        night.live.execute('TRUNCATE "User"')
        yield night


def sweep_in(night: Night, time: str) -> list[str]:
    """The ids of what is handed over when so much time has passed."""
    night.deferred.clear()
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE made_databases SET keep_until = keep_until - %s::interval", [time])
        keeping.sweep(night.services, connection)
    return night.deferred


def test_a_set_aside_database_is_announced_a_day_before_and_then_dropped(night: Night) -> None:
    request = night.restore()
    (aside,) = night.kept()
    assert sweep_in(night, "5 days") == []
    assert night.notices() == []
    assert sweep_in(night, "30 hours") == []
    (notice,) = night.notices()
    assert aside.name in notice
    assert f"/restore undo {NAME}" in notice
    (drop,) = sweep_in(night, "1 day")
    assert len(night.notices()) == 1

    assert night.carry_out_id(drop) is None
    assert night.kept() == []
    assert night.names() == [night.live.name]
    assert night.users() == 500
    assert sweep_in(night, "1 day") == []
    assert request.id != drop


def test_nothing_is_dropped_while_people_decide(night: Night) -> None:
    night.restore()
    night.ask_undo()
    sweep_in(night, "8 days")
    assert sweep_in(night, "8 days") == []
    night.cancel()
    assert len(sweep_in(night, "1 second")) == 1


def test_a_copy_that_nobody_wanted_goes_without_a_word(night: Night) -> None:
    night.ask()
    night.cancel()
    (copy,) = night.kept(MadeKind.COPY)
    assert sweep_in(night, "1 hour") == []
    (drop,) = sweep_in(night, "3 hours")
    assert night.carry_out_id(drop) is None
    assert copy.name not in night.names()
    assert night.notices() == []


def test_another_database_of_the_same_name_stays(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    for statement in ("DROP DATABASE", "CREATE DATABASE"):
        night.place.superuser(f"{statement} {quoted(aside.name)}")
    sweep_in(night, "8 days")
    (drop,) = sweep_in(night, "1 day")
    error = night.carry_out_id(drop)
    assert isinstance(error, Refused)
    assert "is another database" in error.reason
    assert aside.name in night.names()
