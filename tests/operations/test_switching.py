"""`/traffic`: the first move always works, whatever the commands do; letting people back may take two."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.domain.approval import State
from bot.domain.backup import Kind
from bot.domain.operation import Operation
from bot.domain.restoring.traffic import Standing, Stopped
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.operations import backup, listing, runner, switching, traffic, verify
from bot.postgres.server import Server
from bot.slack.views import traffic as view
from bot.store.database import Away
from bot.terminal import traffic_json, traffic_lines
from tests import servers
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, Night, a_night

SECTION = """
[databases.ledger.traffic]
time_limit = "1s"
stop = {stop}
start = {start}
check = {check}
"""
Make = Callable[..., Night]


@pytest.fixture
def make(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Make]:
    """A night with these commands; without any it has none."""
    with ExitStack() as nights:

        def begin(stop: str = "", start: str = "", check: str = "[]") -> Night:
            section = SECTION.format(stop=stop, start=start, check=check) if stop else ""
            night = nights.enter_context(a_night(postgres_server, own_server, tmp_path, sections=section))
            night.protect()
            return night

        yield begin


def asked(night: Night, act: switching.Act, reason: str = "users vanish") -> Operation:
    return act(night.services, NAME, reason, MARA, "ops")


def carried_out(night: Night, operation: Operation) -> SecondkeyError | None:
    return runner.run(night.services, operation.id)


def stop(night: Night) -> str:
    """What people are shown of it."""
    operation = asked(night, switching.stop)
    night.run(operation)
    return night.shown(operation.id)


def now(night: Night) -> Stopped | None:
    with night.services.store.transaction() as connection:
        return traffic.stopped(connection, NAME)


@contextmanager
def client(night: Night) -> Iterator["psycopg.Connection[tuple[int]]"]:
    """The application, under a login of its own."""
    dsn = night.live.as_role(servers.make_role(night.live.server))
    with psycopg.connect(dsn, application_name="shop", autocommit=True) as connection:
        yield connection


def touch(path: Path) -> str:
    return f'[["/usr/bin/touch", "{path}"]]'


def test_without_commands_the_fence_keeps_everybody_out_and_secondkey_in(make: Make) -> None:
    night = make()
    with client(night) as shop:
        said = stop(night)
        with pytest.raises(psycopg.OperationalError):
            shop.execute("SELECT")
    assert "nobody gets in" in said
    assert "Nobody is in it now" in said
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        psycopg.connect(night.live.dsn)

    terminal = replace(night.services, directory=None)
    looked = verify.request(terminal, NAME, "cli:mara", "ops")
    assert runner.run(terminal, looked.id) is None
    assert "500 rows" in night.shown(looked.id)
    assert "Traffic is stopped by the fence" in night.shown(looked.id)
    assert "Traffic is stopped by the fence" in str(listing.backups(terminal, NAME).blocks)
    assert "Traffic is stopped by the fence" in str(listing.home(night.services, MARA).blocks)
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        psycopg.connect(night.live.dsn)

    started = asked(night, switching.start, "all is well")
    night.run(started)
    assert "Traffic started" in night.shown(started.id)
    assert "Traffic is stopped" not in night.shown(started.id)
    assert (night.users(), now(night)) == (500, None)


def test_a_backup_while_nobody_gets_in_says_why_it_fails(make: Make) -> None:
    night = make()
    stop(night)
    tried = backup.request(night.services, NAME, Kind.MANUAL, "", MARA, "ops")
    error = carried_out(night, tried)
    assert error is not None
    assert "allows no connections" in error.reason
    assert f"/traffic start {NAME}" in night.shown(tried.id)


def test_commands_stop_and_start_it_and_who_is_still_in_there_is_told(make: Make, tmp_path: Path) -> None:
    night = make(touch(tmp_path / "stopped"), touch(tmp_path / "started"), touch(tmp_path / "checked"))
    with client(night):
        said = stop(night)
    assert (tmp_path / "stopped").exists()
    assert "1 command ran: /usr/bin/touch" in said
    assert "1 session still in it" in said
    assert '("shop", as role_' in said
    night.run(asked(night, switching.start))
    assert (tmp_path / "started").exists()
    assert (tmp_path / "checked").exists()
    assert now(night) is None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('[["/bin/false"]]', "exit code 1"),
        ('[["/nowhere/kubectl", "scale"]]', "/nowhere/kubectl (1 argument) is not there"),
        ('[["/bin/sleep", "60"]]', "did not end within 1.0 s"),
        ("""[["/bin/sh", "-c", "echo hunter2; echo hunter2 >&2; exit 3"]]""", "exit code 3"),
    ],
)
def test_the_fence_takes_the_place_of_a_command_that_fails(make: Make, command: str, said: str) -> None:
    night = make(command, command)
    shown = stop(night)
    assert said in shown
    assert "The fence is up" in shown
    assert "hunter2" not in shown
    found = now(night)
    assert found is not None
    assert (found.fenced, found.by, found.reason) == (True, MARA, "users vanish")

    failed = carried_out(night, asked(night, switching.start))
    assert failed is not None
    assert said in failed.reason
    assert "it counts as stopped" in failed.reason
    assert now(night) is not None


def test_a_check_that_fails_leaves_traffic_started_and_says_so(make: Make, tmp_path: Path) -> None:
    night = make(touch(tmp_path / "a"), touch(tmp_path / "b"), '[["/bin/false"]]')
    stop(night)
    failed = carried_out(night, asked(night, switching.start))
    assert failed is not None
    assert "traffic was started, and this is its check" in failed.reason
    assert now(night) is None


def test_on_a_blocked_database_two_people_let_it_back(make: Make) -> None:
    night = make()
    emptied_behind_the_fence(night)
    request = night.posted(asked(night, switching.start, "we live with it"))
    plan = night.shown(request.id)
    assert "verdict is *block*" in plan
    assert "rows.zero" in plan
    assert now(night) is not None

    night.approve(request)
    error = carried_out(night, night.operation(request))
    assert error is None
    assert "Traffic started" in night.shown(request.id)
    assert now(night) is None


def emptied_behind_the_fence(night: Night) -> None:
    stop(night)
    night.place.superuser(f'ALTER DATABASE "{night.live.name}" ALLOW_CONNECTIONS true')
    night.live.execute('TRUNCATE "User"')


def cut_off(*_arguments: object) -> None:
    raise Away("killed")


def test_whoever_takes_over_a_start_that_was_put_before_people_starts_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = make()
    emptied_behind_the_fence(night)
    asking = asked(night, switching.start, "we live with it")
    with monkeypatch.context() as cut:
        cut.setattr(switching, "_asked", cut_off)
        assert carried_out(night, asking) is not None
    night.live.execute("""INSERT INTO "User" (name) SELECT 'back' FROM generate_series(1, 500)""")
    night.fall_silent()
    request = night.posted(asking)
    assert now(night) is not None
    assert request.is_open
    assert night.operation_of(asking.id).result == {"request": request.id}


def test_a_restore_does_not_wait_for_a_start_that_nobody_approved_yet(make: Make) -> None:
    night = make()
    emptied_behind_the_fence(night)
    request = night.posted(asked(night, switching.start, "we live with it"))
    assert night.ask().is_open
    assert night.request(request).state is State.VOID
    assert "Void: the restore of this database was asked for" in night.shown(request.id)


def test_an_approved_start_that_fails_is_told_to_everybody_who_had_a_part_in_it(make: Make) -> None:
    night = make('[["/bin/true"]]', '[["/bin/false"]]')
    emptied_behind_the_fence(night)
    request = night.posted(asked(night, switching.start, "we live with it"))
    night.approve(request)
    assert night.carry_out(request) is not None
    for key in (request.id, f"{request.id}:outcome", f"{request.id}:outcome:{JONAS}"):
        assert "Traffic not started" in night.shown(key)
        assert "exit code 1; it counts as stopped" in night.shown(key)


def test_a_start_that_was_cut_off_after_its_approval_was_used_says_how_traffic_stands(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = make()
    emptied_behind_the_fence(night)
    request = night.posted(asked(night, switching.start, "we live with it"))
    night.approve(request)
    with monkeypatch.context() as cut:
        cut.setattr(traffic, "start", cut_off)
        assert night.carry_out(request) is not None
    night.fall_silent()
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert error.code == "approval-used"
    assert (
        "by an attempt that was cut off; nothing was changed now; traffic counts as stopped" in error.reason
    )
    assert f"`/traffic start {NAME} REASON` asks again" in night.shown(request.id)
    assert "traffic counts as stopped" in night.shown(f"{request.id}:outcome")
    assert now(night) is not None


def test_what_was_approved_is_void_when_the_database_became_worse(make: Make) -> None:
    night = make()
    night.live.execute('TRUNCATE "User"')
    request = night.posted(asked(night, switching.start, "we live with it"))
    night.approve(request)
    night.live.execute("DROP SCHEMA secondkey CASCADE")
    error = carried_out(night, night.operation(request))
    assert isinstance(error, Refused)
    assert error.code == "approval-void"


def test_without_slack_nobody_can_be_asked_for_the_second_key(make: Make) -> None:
    night = make()
    night.live.execute('TRUNCATE "User"')
    night.services = replace(night.services, directory=None)
    error = carried_out(night, asked(night, switching.start))
    assert isinstance(error, Refused)
    assert error.code == "second-key-needed"


def test_a_restore_of_a_fenced_database_opens_it_again(make: Make) -> None:
    night = make()
    night.live.execute('TRUNCATE "User"')
    stop(night)
    request = night.restore()
    assert night.users() == 500
    assert now(night) is None
    assert "is live" in night.shown(request.id)


def test_a_restore_that_fails_leaves_the_fence_as_it_was(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    night = make()
    stop(night)
    request = night.ask()
    night.approve(request)

    def fail(*_: object, **__: object) -> None:
        raise CommandFailed("the lights went out")

    monkeypatch.setattr("bot.operations.restore.swap", fail)
    error = night.carry_out(request)
    assert error is not None
    assert "the fence was up before, and stays so" in error.reason
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        psycopg.connect(night.live.dsn)


def test_the_status_says_what_is_stopped_and_who_is_in_there(make: Make) -> None:
    night = make()
    (before,) = switching.look(night.services, [NAME])
    assert before == Standing(database=NAME, now=None, inside=())
    stop(night)
    found = switching.look(night.services, [NAME])
    assert "Traffic is stopped by the fence" in str(view.standing(found))
    assert traffic_lines(found)[0].startswith(
        f"{NAME}: stopped by the fence: nobody gets in, by {MARA} since"
    )
    assert traffic_json(found)[0]["stopped"]["reason"] == "users vanish"
