"""What a plan says beforehand, so that nobody finds out after: work by hand, what goes aside, and room."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.domain.approval import Request
from bot.domain.restoring.made import Kind as MadeKind
from bot.errors import CommandFailed, Refused
from bot.operations import approval
from bot.postgres import candidate
from bot.postgres.connection import in_words
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from bot.store import drills
from bot.store.database import clock
from tests import builders
from tests.operations.conftest import NAME
from tests.operations.nights import Night, a_night

Begin = Callable[..., Night]
#: Full only where a copy is made: what is protected was filled before.
FULL = """
    CREATE FUNCTION full_disk(int) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
        IF current_database() LIKE '%\\_new\\_%' THEN
            RAISE 'could not extend file "base/5/16384": No space left on device' USING ERRCODE = 'disk_full';
        END IF;
        RETURN true;
    END $f$;
    CREATE TABLE heavy (x int CHECK (public.full_disk(x)));
    INSERT INTO heavy VALUES (1)
"""


@pytest.fixture
def begin(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Begin]:
    """A night with these lines in its section `restore`."""
    with ExitStack() as nights:

        def make(*lines: str) -> Night:
            section = "\n".join(("[databases.ledger.restore]", *lines))
            return nights.enter_context(a_night(postgres_server, own_server, tmp_path, sections=section))

        yield make


def plan(night: Night, request: Request) -> str:
    return "\n".join(line for lines in night.request(request).plan.lines for line in lines)


def set_for_the_owner(night: Night, setting: str) -> str:
    """Put it on the live database for its owner; returns the statement as it is told."""
    role, live = quoted(night.place.owner), quoted(night.live.name)
    name, value = setting.split("=")
    night.place.superuser(f"ALTER ROLE {role} IN DATABASE {live} SET {name} = '{value}'")
    return f"`ALTER ROLE {role} IN DATABASE {live} SET \"{name}\" TO '{value}';`"


def test_what_only_a_superuser_may_carry_over_is_told_before_anybody_approves_and_again_afterwards(
    begin: Begin,
) -> None:
    night = begin()
    told = set_for_the_owner(night, "statement_timeout=5s")
    night.protect()
    request = night.restore()
    before, after = plan(night, request), night.shown(request.id)
    assert "By hand once it is live, as superuser" in before
    assert told in before
    assert 'By hand, as superuser: `ALTER ROLE "app' in after

    later = set_for_the_owner(night, "lock_timeout=7s")
    undo = night.undo()
    assert later in plan(night, undo)
    assert told not in plan(night, undo), "the set-aside database has it still"
    assert "lock_timeout" in night.shown(undo.id)


def test_where_nothing_is_left_to_people_the_plan_says_nothing_of_it(begin: Begin) -> None:
    night = begin()
    night.protect()
    said = plan(night, night.ask())
    assert not [word for word in ("By hand", "Publications", "subscriptions") if word in said]


@contextmanager
def replicating(night: Night) -> Iterator[None]:
    for statement in (
        "CREATE PUBLICATION everything FOR ALL TABLES",
        'CREATE PUBLICATION users FOR TABLE "User"',
        "CREATE SUBSCRIPTION paused CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false)",
    ):
        night.live.execute(statement)
    try:
        yield
    finally:
        night.live.execute("ALTER SUBSCRIPTION paused SET (slot_name = NONE)")
        night.live.execute("DROP SUBSCRIPTION paused")


def test_what_ties_the_live_database_to_others_and_goes_aside_with_it_is_named(begin: Begin) -> None:
    night = begin()
    night.protect()
    with replicating(night):
        said = plan(night, night.ask())
        assert "Publications go aside with the present database: everything, users" in said
        assert "Disabled subscriptions go aside with the present database: paused" in said
        with pytest.raises(psycopg.errors.ObjectInUse):
            night.place.superuser(f"DROP DATABASE {quoted(night.live.name)} WITH (FORCE)")


def test_sessions_that_would_stop_it_at_the_fence_are_named(begin: Begin) -> None:
    night = begin()
    night.protect()
    with psycopg.connect(night.live.dsn, application_name="exporter"):
        said = plan(night, night.ask())
    assert '("exporter", as postgres); end them first' in said


def printing(path: Path) -> str:
    return f"disk_free = ['cat', '{path}']"


def test_room_is_told_as_needed_against_free(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "free").write_text("12000000000\nand what else it prints\n")
    night = begin(printing(tmp_path / "free"))
    night.protect()
    said = plan(night, night.ask())
    assert "Room: needs about" in said
    assert "on the server, where 12.0 GB are free" in said


def test_a_copy_that_is_known_not_to_fit_is_refused_with_what_to_do(begin: Begin, tmp_path: Path) -> None:
    free = tmp_path / "free"
    free.write_text("12000000000")
    night = begin(printing(free))
    night.protect()
    night.restore()
    (aside,) = night.kept()
    free.write_text("1000000")
    night.back_up()
    with pytest.raises(Refused) as refused:
        night.ask()
    assert refused.value.code == "no-room"
    assert "the copy needs about" in refused.value.reason
    assert "1.0 MB are free there; nothing was changed" in refused.value.reason
    assert f"`/restore drop {NAME} {aside.name} REASON`" in refused.value.hint
    assert approval.waiting(night.services, NAME) is None
    assert night.names() == sorted([night.live.name, aside.name])


def test_the_newest_drill_says_what_a_restore_takes(begin: Begin) -> None:
    night = begin()
    backup = night.protect()
    with night.services.store.transaction() as connection:
        drill = builders.drill(database=NAME, backup_id=backup.id, seconds=372.0, at=clock(connection))
        drills.record(connection, drill)
    assert "the restore (about 6 min 12 s) runs beside" in plan(night, night.ask())


def test_a_copy_that_is_there_already_needs_no_room(begin: Begin, tmp_path: Path) -> None:
    free = tmp_path / "free"
    free.write_text("12000000000")
    night = begin(printing(free))
    night.protect()
    night.ask()
    night.cancel()
    free.write_text("0")
    request = night.ask()
    assert "Room" not in plan(night, request)
    night.approve(request)
    assert night.carry_out(request) is None


def test_room_that_went_until_the_approval_is_seen_before_a_copy_is_begun(
    begin: Begin, tmp_path: Path
) -> None:
    free = tmp_path / "free"
    free.write_text("12000000000")
    night = begin(printing(free), 'prepare = "at-approval"')
    night.protect()
    request = night.ask()
    night.approve(request)
    free.write_text("5")
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert error.code == "no-room"
    assert night.names() == [night.live.name]
    assert night.kept(MadeKind.COPY) == []


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (None, "no disk_free command is configured"),
        ("print('Avail'); print(5)", "prints is no number of bytes"),
        ("print('hunter2 5')", "prints is no number of bytes"),
        ("print('9' * 5000)", "prints is no number of bytes"),
        ("pass", "prints is no number of bytes"),
        ("print(5); exit(3)", "(2 arguments) ended with exit code 3"),
        ("import time; print(5, flush=True); time.sleep(60)", "did not end within 1.0 s"),
    ],
)
def test_room_that_nobody_knows_is_told_with_the_reason_and_blocks_nothing(
    begin: Begin, program: str | None, why: str
) -> None:
    command = f"disk_free = [{sys.executable!r}, '-c', {program!r}]" if program else ""
    night = begin(command, 'disk_free_time = "1s"', 'prepare = "at-approval"')
    night.protect()
    said = plan(night, night.ask())
    assert "what is free there is not known: " in said
    assert why in said
    assert "hunter2" not in said


def test_a_command_that_is_not_there_leaves_the_room_unknown(begin: Begin) -> None:
    night = begin('disk_free = ["no-such-program"]', 'prepare = "at-approval"')
    night.protect()
    assert "not known: no-such-program (0 arguments) is not there" in plan(night, night.ask())


def test_a_disk_that_fills_up_while_the_copy_is_made_gets_its_room_back_and_that_is_said(
    begin: Begin,
) -> None:
    night = begin()
    night.place.as_owner(FULL)
    night.protect()
    with pytest.raises(CommandFailed) as failed:
        night.ask()
    reason = failed.value.reason
    assert reason.startswith("the server's disk is full: the restore stopped at table data public.heavy")
    assert f"dropped again, its room given back, and {night.live.name} was not touched" in reason
    assert "make room on the database server's volume" in failed.value.hint
    assert night.names() == [night.live.name]
    assert night.users() == 500
    request = approval.waiting(night.services, NAME)
    assert request is not None
    assert "Copy: 🔴 could not be made ready: the server's disk is full" in "\n".join(request.notes)


def test_what_fails_after_the_copy_was_compared_leaves_nothing_of_it_either(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = begin()
    night.protect()

    def fail(*_arguments: object) -> None:
        with in_words("marking it"):
            night.live.execute("DO $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$")

    monkeypatch.setattr(candidate, "mark", fail)
    with pytest.raises(CommandFailed) as failed:
        night.ask()
    assert failed.value.reason.startswith("marking it failed (no room); what was restored is dropped again")
    assert failed.value.hint == "make room on the database server's volume, and ask again"
    assert night.names() == [night.live.name]
