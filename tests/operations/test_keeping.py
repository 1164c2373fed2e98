"""What restores leave behind is kept for its days, announced, dropped: that very database and no other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from bot.domain.approval import Choice, Request, State
from bot.domain.restoring.made import Kind as MadeKind
from bot.errors import CommandFailed, NotFound, Refused
from bot.operations import asking, deciding, keeping, offering
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from bot.store.database import Away
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night


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


def test_what_is_kept_is_shown_where_somebody_looks_for_it(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    shown = str(offering.cards(night.services, MARA).blocks)
    assert f"Set aside: `{aside.name}` · " in shown
    assert f"/restore drop {NAME} NAME REASON" in shown
    night.place.superuser(f"DROP DATABASE {quoted(aside.name)} WITH (FORCE)")
    assert aside.name not in str(offering.cards(night.services, MARA).blocks)


def test_a_drop_that_fails_hour_by_hour_is_one_message_until_it_works(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = night.restore()
    sweep_in(night, "8 days")

    def fail(*_arguments: object) -> None:
        raise CommandFailed("it is in use")

    with monkeypatch.context() as failing:
        failing.setattr(keeping, "drop", fail)
        for _hour in range(2):
            (drop,) = sweep_in(night, "1 hour")
            assert night.carry_out_id(drop) is not None
            with pytest.raises(AssertionError):
                night.shown(drop)
    matter = f"drop:{request.id}:aside"
    assert "Not dropped" in night.shown(matter)
    (drop,) = sweep_in(night, "1 hour")
    assert night.carry_out_id(drop) is None
    assert "is dropped now" in night.shown(matter)


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


def denied(night: Night, request: Request) -> State:
    night.react(request, Choice.DENY, PRIYA)
    return State.DENIED


def withdrawn(night: Night, _request: Request) -> State:
    night.cancel()
    return State.DENIED


def expired(night: Night, request: Request) -> State:
    overdue(night, request, "decide_by")
    return State.EXPIRED


def closed_to_the_bot(night: Night, request: Request) -> State:
    night.workspace.archived = True
    deciding.reconsider(night.services, request.id)
    return State.VOID


def requester_gone(night: Night, request: Request) -> State:
    night.workspace.people[MARA] = replace(night.workspace.people[MARA], deleted=True)
    deciding.reconsider(night.services, request.id)
    return State.VOID


def approved_and_not_started(night: Night, request: Request) -> State:
    night.approve(request)
    overdue(night, request, "start_by")
    assert night.carry_out(request) is not None
    return State.EXPIRED


def approved_and_failed_before_it_acted(night: Night, request: Request) -> State:
    night.approve(request)
    archive = f"{request.plan.act['backup_id']}.dump"
    (night.services.repository.root / NAME / archive).unlink()
    assert night.carry_out(request) is not None
    deciding.close_left_behind(night.services)
    return State.VOID


def approved_and_failed_while_it_acted(night: Night, request: Request) -> State:
    night.approve(request)

    def fail(*_arguments: object, **_named: object) -> float:
        raise CommandFailed("no renaming today")

    with pytest.MonkeyPatch.context() as failing:
        failing.setattr("bot.operations.restore.swap", fail)
        assert night.carry_out(request) is not None
    return State.USED


def overdue(night: Night, request: Request, deadline: str) -> None:
    with night.services.store.transaction() as connection:
        past = sql.SQL("UPDATE requests SET {} = clock_timestamp() WHERE id = %s")
        connection.execute(past.format(sql.Identifier(deadline)), [request.id])
    deciding.expire_overdue(night.services)


@pytest.mark.parametrize(
    "end",
    [
        denied,
        withdrawn,
        expired,
        closed_to_the_bot,
        requester_gone,
        approved_and_not_started,
        approved_and_failed_before_it_acted,
        approved_and_failed_while_it_acted,
    ],
)
def test_a_copy_outlives_its_request_by_two_hours_however_that_ended(
    night: Night, end: Callable[[Night, Request], State]
) -> None:
    request = night.ask()
    (copy,) = night.kept(MadeKind.COPY)
    state = end(night, request)
    assert night.request(request).state is state
    assert sweep_in(night, "119 minutes") == []
    (drop,) = sweep_in(night, "2 minutes")
    assert night.carry_out_id(drop) is None
    assert copy.name not in night.names()


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


def test_dropping_one_before_its_days_have_ended_takes_two_keys(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    request = night.ask_drop(aside.name.upper())
    plan = night.shown(request.id)
    assert "There is no way back" in plan
    assert aside.name in plan
    assert night.carry_out(request) is None
    assert aside.name in night.names()

    night.approve(request)
    assert night.carry_out(request) is None
    assert night.kept() == []
    assert night.names() == [night.live.name]
    assert night.users() == 500
    assert "cannot be undone any more" in night.shown(request.id)
    with pytest.raises(NotFound, match="nothing to undo"):
        night.ask_undo()


def test_an_early_drop_is_bound_to_the_very_database_and_its_rows(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    request = night.ask_drop(aside.name)
    night.approve(request)
    there = night.place.of(aside.name)
    there.execute("SET TRANSACTION READ WRITE; CREATE TABLE saved AS SELECT generate_series(1, 99)")
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert error.code == "approval-void"
    assert "saved" in error.reason
    assert aside.name in night.names()


def test_an_early_drop_that_was_cut_off_is_brought_to_its_end(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.restore()
    (aside,) = night.kept()
    request = night.ask_drop(aside.name)
    night.approve(request)

    def cut_off(*_arguments: object) -> None:
        raise Away("killed")

    with monkeypatch.context() as cut:
        cut.setattr(keeping, "drop_it", cut_off)
        assert night.carry_out(request) is not None
    night.fall_silent()
    assert night.carry_out(request) is None
    assert aside.name not in night.names()


def test_an_approved_early_drop_that_fails_is_told_to_everybody_who_had_a_part_in_it(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.restore()
    (aside,) = night.kept()
    request = night.ask_drop(aside.name)
    night.approve(request)

    def fail(*_arguments: object) -> None:
        raise CommandFailed("it is in use")

    with monkeypatch.context() as failing:
        failing.setattr(keeping, "drop", fail)
        assert night.carry_out(request) is not None
    for key in (request.id, f"{request.id}:outcome", f"{request.id}:outcome:{JONAS}"):
        assert "it is in use" in night.shown(key)


def test_what_secondkey_did_not_set_aside_cannot_be_asked_away(night: Night) -> None:
    with pytest.raises(NotFound, match="is kept aside"):
        night.ask_drop(night.live.name)
    night.restore()
    with pytest.raises(NotFound, match="is kept aside"):
        night.ask_drop(night.live.name)
    (aside,) = night.kept()
    night.place.superuser(f"DROP DATABASE {quoted(aside.name)}")
    night.place.superuser(f"CREATE DATABASE {quoted(aside.name)} OWNER {quoted(night.place.owner)}")
    with pytest.raises(Refused, match="another database"):
        night.ask_drop(aside.name)
    assert aside.name in night.names()


def test_a_restore_does_not_wait_for_an_early_drop_that_nobody_approved_yet(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    drop = night.ask_drop(aside.name)
    undo = night.ask_undo()
    assert night.request(drop).state is State.VOID
    assert "Void: the undo of this database was asked for" in night.shown(drop.id)
    night.approve(undo)
    assert night.carry_out(undo) is None
    assert night.users() == 0
    assert drop.id not in night.deferred


def test_an_early_drop_neither_ends_a_restore_nor_goes_on_beside_it(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    request = night.ask()
    with pytest.raises(Refused) as second:
        night.ask_drop(aside.name)
    assert second.value.code == "already-requested"
    assert night.request(request).is_open


def test_a_restore_passes_an_early_drop_that_is_still_to_be_asked(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    dropping = asking.drop(night.services, NAME, aside.name, "no room", MARA)
    restoring = asking.restore(night.services, NAME, None, "users vanished", MARA)
    with pytest.raises(Refused, match="a restore is at work"):
        night.run(dropping)
    night.posted(restoring)


def test_an_early_drop_that_is_recorded_in_between_gives_way_to_the_restore(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    drop = night.ask_drop(aside.name)
    restoring = asking.restore(night.services, NAME, None, "users vanished", MARA)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET state = 'pending' WHERE id = %s", [drop.id])
    assert night.posted(restoring).is_open
    assert night.request(drop).state is State.VOID


def test_an_early_drop_that_was_approved_is_not_overtaken(night: Night) -> None:
    night.restore()
    (aside,) = night.kept()
    drop = night.ask_drop(aside.name)
    night.approve(drop)
    with pytest.raises(Refused) as undo:
        night.ask_undo()
    assert undo.value.code == "already-requested"
    assert night.carry_out(drop) is None
