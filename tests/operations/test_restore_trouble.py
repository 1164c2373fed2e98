"""What goes wrong around a restore: nothing is lost, and every message says what state everything is in."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.domain.approval import Choice, Request, State
from bot.domain.operation import Progress
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.traffic import Stopped
from bot.errors import CommandFailed, NotFound, Refused, SecondkeyError
from bot.operations import deciding, restore, restored, runner, traffic, vetoes
from bot.operations.attempt import Ghost
from bot.postgres.fence import put_up
from bot.postgres.server import Server
from bot.postgres.swap import swap
from bot.postgres.tables import quoted
from bot.slack import trouble
from bot.store import operations
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night
from tests.operations.working import once

Begin = Callable[..., Night]
#: Slack is away for longer than anybody waits, in seconds.
LONG = 700.0


@pytest.fixture
def begin(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Begin]:
    """A night that is protected, with these traffic commands as Python programs, and what they do logged."""
    with ExitStack() as nights:

        def make(stop: str = "", start: str = "", more: str = "") -> Night:
            sections = _traffic(tmp_path, stop, start) + more
            night = nights.enter_context(a_night(postgres_server, own_server, tmp_path, sections=sections))
            night.protect()
            return night

        yield make


def _traffic(folder: Path, stop: str, start: str) -> str:
    if not stop:
        return ""
    said = {
        word: f"open({str(folder / 'traffic')!r}, 'a').write({word + ' '!r}); " for word in ("stop", "start")
    }
    return (
        "[databases.ledger.traffic]\n"
        f"stop = [[{sys.executable!r}, '-c', {said['stop'] + stop!r}]]\n"
        f"start = [[{sys.executable!r}, '-c', {said['start'] + start!r}]]\n"
        'time_limit = "2s"\n'
    )


def did(night: Night, folder: Path) -> list[str]:
    """What the traffic commands did, in their order."""
    path = folder / "traffic"
    return path.read_text().split() if path.exists() else []


def lost(night: Night) -> None:
    night.live.execute('DELETE FROM "User" WHERE id <= 490')


def is_as_it_was(night: Night) -> bool:
    """The live database has what it had, takes clients, and nothing was set aside."""
    return night.users() == 10 and not night.kept() and night.place.allows_connections(night.live.name)


def refused(night: Night, request: Request) -> SecondkeyError:
    error = night.carry_out(request)
    assert error is not None
    return error


def test_traffic_is_stopped_before_and_started_after(begin: Begin, tmp_path: Path) -> None:
    night = begin(stop="pass", start="pass")
    lost(night)
    request = night.ask()
    assert "Traffic: stopped by" in night.shown(request.id)
    night.approve(request)
    assert night.carry_out(request) is None
    assert did(night, tmp_path) == ["stop", "start"]
    with night.services.store.transaction() as connection:
        assert traffic.stopped(connection, NAME) is None


@pytest.mark.parametrize("stop", ["print('hunter2'); exit(3)", "import time; time.sleep(60)"])
def test_a_stop_command_that_fails_or_hangs_stops_the_restore(begin: Begin, stop: str) -> None:
    night = begin(stop=stop, start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)
    error = refused(night, request)
    assert "exit code 3" in error.reason or "did not end within 2.0 s" in error.reason
    assert error.hint.startswith("run it by hand")
    assert request.plan.again in error.hint
    assert "is as it was, and open" in error.reason
    # Its verdict is block: rows are gone.
    assert "traffic stays stopped, because its verdict is block (rows.dropped" in error.reason
    assert is_as_it_was(night)
    assert "hunter2" not in str(error) + night.shown(request.id)


def test_traffic_is_started_again_on_a_database_that_is_good(begin: Begin, tmp_path: Path) -> None:
    night = begin(stop="exit(1)", start="pass")
    request = night.ask()
    night.approve(request)
    assert "traffic was started again" in refused(night, request).reason
    assert did(night, tmp_path) == ["stop", "start"]


def subscribed(night: Night) -> None:
    night.live.execute(
        "CREATE SUBSCRIPTION feed CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false)"
    )
    night.live.execute("ALTER SUBSCRIPTION feed SET (slot_name = 'x')")
    night.live.execute("ALTER SUBSCRIPTION feed ENABLE")


def unsubscribed(night: Night) -> None:
    for change in ("DISABLE", "SET (slot_name = NONE)"):
        night.live.execute(f"ALTER SUBSCRIPTION feed {change}")
    night.live.execute("DROP SUBSCRIPTION feed")


def without_its_right(night: Night) -> None:
    night.place.superuser(f"ALTER ROLE {night.place.bot} NOCREATEDB")


def with_its_right(night: Night) -> None:
    night.place.superuser(f"ALTER ROLE {night.place.bot} CREATEDB")


@pytest.mark.parametrize(
    ("comes", "goes", "code", "said"),
    [
        (subscribed, unsubscribed, "in-the-way", "subscribes to another server"),
        (without_its_right, with_its_right, "not-granted", "may not create databases, nor rename them"),
    ],
)
def test_what_came_in_the_way_since_it_was_asked_for_ends_it_before_traffic_is_stopped(
    begin: Begin,
    tmp_path: Path,
    comes: Callable[[Night], None],
    goes: Callable[[Night], None],
    code: str,
    said: str,
) -> None:
    night = begin(stop="pass", start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)
    comes(night)
    error = refused(night, request)
    assert isinstance(error, Refused)
    assert error.code == code
    assert said in error.reason
    assert f"the database {night.live.name} is as it was, and its traffic was not touched" in error.reason
    assert request.plan.again in error.hint
    assert said in night.shown(request.id)
    assert did(night, tmp_path) == []
    goes(night)
    assert is_as_it_was(night)
    deciding.close_left_behind(night.services)
    night.restore()
    assert night.users() == 500


def test_what_comes_in_the_way_after_that_is_still_seen_before_the_fence(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    night = begin(stop="pass", start="pass")
    request = night.ask()
    night.approve(request)
    stop = traffic.stop

    def then_subscribed(*arguments: Any) -> str:
        said = stop(*arguments)
        subscribed(night)
        return said

    monkeypatch.setattr(traffic, "stop", then_subscribed)
    reason = refused(night, request).reason
    unsubscribed(night)
    assert "subscribes to another server" in reason
    assert "traffic was started again" in reason
    assert did(night, tmp_path) == ["stop", "start"]
    assert night.place.allows_connections(night.live.name)


def test_traffic_that_cannot_be_started_is_said_and_the_rows_are_back(begin: Begin) -> None:
    night = begin(stop="pass", start="exit(4)")
    lost(night)
    request = night.restore()
    assert night.users() == 500
    assert "Traffic is not back" in night.shown(request.id)
    assert "outage" not in night.shown(request.id)
    with night.services.store.transaction() as connection:
        assert traffic.stopped(connection, NAME) is not None


def test_a_check_that_fails_after_the_start_is_said_and_traffic_counts_as_started(begin: Begin) -> None:
    night = begin(stop="pass", start="pass", more=f"check = [[{sys.executable!r}, '-c', 'exit(5)']]\n")
    lost(night)
    request = night.restore()
    assert night.users() == 500
    assert "Traffic was started, and its check failed" in night.shown(request.id)
    with night.services.store.transaction() as connection:
        assert traffic.stopped(connection, NAME) is None


def written(night: Night, rows: int) -> None:
    """So many clients write, and the server counts them at once."""
    night.live.execute("""INSERT INTO "User" (name) SELECT 'late' FROM generate_series(1, %s)""", [rows])
    night.live.execute("SELECT pg_stat_force_next_flush()")


@pytest.mark.parametrize(("rows", "holds"), [(10, True), (11, False)])
def test_rows_may_move_up_to_the_ceiling_until_it_starts(begin: Begin, rows: int, holds: bool) -> None:
    night = begin()
    night.live.execute('TRUNCATE "User"')
    request = night.ask()
    night.approve(request)
    written(night, rows)
    error = night.carry_out(request)
    if holds:
        assert error is None
        assert night.users() == 500
    else:
        assert isinstance(error, Refused)
        assert "public.User: 11 rows would go, at most 10 were approved" in error.reason
        assert night.request(request).state is State.VOID
        assert night.users() == 11


def test_rows_that_come_at_the_last_moment_are_seen_behind_the_fence(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    night = begin(stop="pass", start="pass")
    night.live.execute('TRUNCATE "User"')
    request = night.ask()
    night.approve(request)

    def late(*arguments: Any, **named: Any) -> Any:
        written(night, 11)
        return put_up(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(restore, "put_up", late)
        error = refused(night, request)
    assert isinstance(error, Refused)
    assert error.code == "approval-void"
    assert night.request(request).state is State.VOID
    shown = night.shown(request.id)
    for key in (request.id, f"{request.id}:void:{MARA}", f"{request.id}:void:{JONAS}"):
        assert "Void: the live database changed until the fence was up: public.User: 11" in night.shown(key)
    assert "is as it was, and open; traffic stays stopped, because its verdict is block" in shown
    assert f"To ask again, with fresh facts: `{request.plan.again}`" in shown
    assert "failed" not in shown
    assert "request_again" in shown
    assert did(night, tmp_path) == ["stop"]
    assert night.users() == 11
    assert night.kept() == []
    assert runner.run(night.services, request.id) is None
    assert night.users() == 11

    night.restore()
    assert night.users() == 500


def dropped(night: Night) -> None:
    night.place.superuser(f"DROP DATABASE {quoted(night.live.name)} WITH (FORCE)")


def made_anew(night: Night) -> None:
    dropped(night)
    night.place.superuser(f"CREATE DATABASE {quoted(night.live.name)} OWNER {quoted(night.place.owner)}")


@pytest.mark.parametrize("disaster", [dropped, made_anew])
def test_another_database_than_the_approved_one_voids_it(
    begin: Begin, disaster: Callable[[Night], None]
) -> None:
    night = begin()
    request = night.ask()
    night.approve(request)
    disaster(night)
    error = refused(night, request)
    assert isinstance(error, Refused)
    assert "target oid" in error.reason
    assert night.request(request).state is State.VOID
    assert "Void" in night.shown(request.id)
    again = night.ask()
    night.approve(again)
    assert night.carry_out(again) is None
    assert night.users() == 500


def test_a_backup_that_was_changed_or_deleted_meanwhile_is_not_restored(begin: Begin) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)
    folder = night.services.repository.root / NAME
    archive = folder / f"{request.plan.act['backup_id']}.dump"
    archive.unlink()
    reason = refused(night, request).reason
    assert "missing" in reason
    assert "is as it was, and its traffic was not touched" in reason
    assert is_as_it_was(night)


def test_a_backup_that_turned_out_corrupt_meanwhile_is_not_restored(begin: Begin) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)
    night.services.repository.update_proof(
        NAME, request.plan.act["backup_id"], lambda proof: replace(proof, corrupt="one byte was changed")
    )
    error = refused(night, request)
    assert isinstance(error, Refused)
    assert error.code == "backup-corrupt"
    assert is_as_it_was(night)


def test_a_veto_stops_it_after_approval_too(begin: Begin, tmp_path: Path) -> None:
    night = begin(stop="pass", start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)
    night.workspace.reactions[Choice.DENY] = {PRIYA}
    error = refused(night, request)
    assert isinstance(error, Refused)
    assert error.code == "approval-denied"
    assert is_as_it_was(night)
    assert did(night, tmp_path) == []
    assert "Denied" in night.shown(request.id)


def test_slack_may_be_away_from_the_fence_on(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    night = begin(stop="pass", start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)

    def fence(*arguments: Any, **named: Any) -> object:
        night.workspace.away = "everything"
        return put_up(*arguments, **named)

    monkeypatch.setattr(restore, "put_up", fence)
    assert night.carry_out(request) is None
    assert night.users() == 500
    assert "Restored" in night.shown(request.id)


def test_while_slack_is_away_traffic_is_not_stopped(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    night = begin(stop="pass", start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)
    monkeypatch.setattr(restore, "_candidate", then_away(night, restore._candidate))
    monkeypatch.setattr(trouble, "_USUAL_WAIT", LONG)
    assert "the votes could not be read again, and nothing was changed" in refused(night, request).reason
    assert did(night, tmp_path) == []
    assert is_as_it_was(night)


def test_slack_that_is_away_at_the_very_last_look_decides_nothing_and_traffic_is_put_back(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    night = begin(stop="pass", start="pass")
    gone = night.live.execute('DELETE FROM "User" WHERE id > 499 RETURNING id')
    request = night.ask()
    night.approve(request)
    monkeypatch.setattr(traffic, "stop", then_away(night, traffic.stop))
    monkeypatch.setattr(trouble, "_USUAL_WAIT", LONG)
    reason = refused(night, request).reason
    assert "the votes could not be read again" in reason
    assert "is as it was, and open; traffic was started again" in reason
    assert did(night, tmp_path) == ["stop", "start"]
    assert night.users() == 500 - len(gone)


def then_away(night: Night, act: Callable[..., Any]) -> Callable[..., Any]:
    """Slack stops answering as soon as this is done."""

    def done(*arguments: Any, **named: Any) -> Any:
        result = act(*arguments, **named)
        night.workspace.away = "everything"
        return result

    return done


def test_what_is_approved_early_waits_for_the_copy_that_is_being_made(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    preparation = request.plan.act["preparation"]

    def is_(progress: str) -> None:
        with night.services.store.transaction() as connection:
            connection.execute("UPDATE operations SET progress = %s WHERE id = %s", [progress, preparation])

    is_("running")
    night.approve(request)
    monkeypatch.setattr(restore, "LOOK", 0.01)
    waiting: list[str] = []

    def watch(shown: str) -> None:
        waiting.append(shown)
        is_("done")

    assert runner.run(night.services, request.id, watch=watch) is None
    assert waiting
    assert night.users() == 500


def test_a_veto_ends_the_making_of_a_copy_too(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    night = begin(more='[databases.ledger.restore]\nprepare = "at-approval"\n')
    lost(night)
    request = night.ask()
    night.approve(request)
    monkeypatch.setattr(vetoes, "PROGRESS", 0.0)
    veto = once("copy ready", lambda: night.react(request, Choice.DENY, PRIYA))
    error = runner.run(night.services, request.id, watch=veto)
    assert isinstance(error, Refused)
    assert error.code == "approval-denied"
    assert night.names() == [night.live.name]
    assert is_as_it_was(night)
    assert "Denied by" in night.shown(request.id)


def test_whoever_asked_can_cancel_and_the_copy_serves_the_next_request(begin: Begin) -> None:
    night = begin()
    lost(night)
    first = night.ask()
    night.cancel()
    assert night.request(first).state is State.DENIED
    with pytest.raises(NotFound):
        night.cancel()
    (copy,) = night.kept(MadeKind.COPY)
    second = night.ask()
    assert "was there already" in night.shown(second.id)
    assert [each.name for each in night.kept(MadeKind.COPY)] == [copy.name]
    night.approve(second)
    assert night.carry_out(second) is None
    assert night.users() == 500
    assert night.kept(MadeKind.COPY) == []


def test_a_copy_that_somebody_changed_is_never_made_live(begin: Begin) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    (copy,) = night.kept(MadeKind.COPY)
    night.place.of(copy.name).execute('DELETE FROM "User" WHERE id = 1')
    night.approve(request)
    assert "differs from the manifest: table User has 499 rows" in refused(night, request).reason
    assert is_as_it_was(night)
    assert copy.name not in night.names()


def test_only_one_restore_is_asked_for_at_a_time(begin: Begin) -> None:
    night = begin()
    request = night.ask()
    with pytest.raises(Refused) as second:
        night.ask()
    assert second.value.code == "already-requested"
    night.approve(request)
    with pytest.raises(Refused):
        night.ask()


def test_the_same_approval_is_used_once(begin: Begin) -> None:
    night = begin()
    lost(night)
    request = night.restore()
    assert night.deferred.count(request.id) == 1
    assert night.carry_out(request) is None
    assert night.operation(request).progress is Progress.DONE
    assert len(night.kept()) == 1


def test_a_copy_may_wait_for_the_approval(begin: Begin) -> None:
    night = begin(more='[databases.ledger.restore]\nprepare = "at-approval"\n')
    lost(night)
    request = night.ask()
    assert night.kept(MadeKind.COPY) == []
    night.approve(request)
    assert night.carry_out(request) is None
    assert night.users() == 500


def test_an_undo_is_refused_once_the_set_aside_database_is_gone(begin: Begin) -> None:
    night = begin()
    with pytest.raises(NotFound):
        night.ask_undo()
    lost(night)
    night.restore()
    (aside,) = night.kept()
    request = night.ask_undo()
    night.place.superuser(f"DROP DATABASE {quoted(aside.name)} WITH (FORCE)")
    night.approve(request)
    assert "what would come back cannot be read" in refused(night, request).reason
    assert night.users() == 500


def cut_off(night: Night, request: Request, *, swapped: bool) -> None:
    """A first attempt that was killed behind the fence, or right after the swap."""
    (copy,) = night.kept(MadeKind.COPY)
    with night.services.store.transaction() as connection:
        operation = operations.claim(connection, request.id)
        assert operation is not None
        facts = {
            "candidate": copy.name, "candidate_oid": copy.oid, "found_stopped": False,
            "since": night.services.store.now().isoformat(),
        }  # fmt: skip
        note = {"steps": [{"name": "fence and swap"}], "facts": facts}
        operations.note(connection, request.id, operation.attempt or "", note)
    with night.lease(request) as lease:
        names = night.names_of(request)
        put_up(lease, [names.live, names.candidate])
        if swapped:
            live = night.place.oid(names.live)
            swap(lease, names, live_oid=live, candidate_oid=copy.oid)
    night.fall_silent()
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET state = 'used'")


def test_one_that_was_cut_off_behind_the_fence_is_put_back(begin: Begin) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)
    cut_off(night, request, swapped=False)
    assert not night.place.allows_connections(night.live.name)
    error = runner.run(night.services, request.id)
    assert isinstance(error, CommandFailed)
    assert "cut off before the swap" in error.reason
    assert is_as_it_was(night)


def test_one_that_was_cut_off_after_the_swap_is_brought_to_its_end(begin: Begin) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)
    cut_off(night, request, swapped=True)
    assert runner.run(night.services, request.id) is None
    assert night.users() == 500
    shown = night.shown(request.id)
    assert "was not compared once more" in shown
    assert "🟠 Restored" in shown
    assert "10 → 500" in shown
    assert "– fence and swap · cut off" in shown
    assert "⏳" not in shown
    night.undo()
    assert night.users() == 10


def test_one_that_was_cut_off_after_its_check_says_that_it_was_compared(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)

    def killed(*_arguments: object) -> None:
        raise Ghost

    with monkeypatch.context() as patched:
        patched.setattr(traffic, "start", killed)
        night.carry_out(request)
    night.fall_silent()
    assert runner.run(night.services, request.id) is None
    assert "what is live was found equal before" in night.shown(request.id)
    assert "– start traffic · cut off" in night.shown(request.id)


def test_the_outage_counts_from_when_somebody_stopped_traffic(begin: Begin) -> None:
    night = begin()
    lost(night)
    began = night.services.store.now() - timedelta(minutes=5)
    with night.services.store.transaction() as connection:
        traffic.remember(connection, NAME, Stopped(by=MARA, since=began))
    request = night.restore()
    assert "outage 5 min" in night.shown(request.id)


def test_a_fence_that_cannot_be_lifted_is_lifted_as_soon_as_the_server_lets_us(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session that holds the right to act is cut behind the fence."""
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)

    def cut(act: object, memory: object, live: object) -> None:
        night.place.superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s",
            [f"secondkey/{request.id}/%"],
        )

    monkeypatch.setattr(restore, "_unchanged", cut)
    assert "cut off before the swap" in refused(night, request).reason
    assert is_as_it_was(night)


def test_an_undo_that_fails_leaves_the_set_aside_database_as_it_was(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = begin()
    lost(night)
    night.restore()
    (aside,) = night.kept()
    request = night.ask_undo()
    night.approve(request)

    def fail(*_arguments: object, **_named: object) -> float:
        raise CommandFailed("no renaming today")

    monkeypatch.setattr(restore, "swap", fail)
    assert refused(night, request).reason.startswith("no renaming today; the database")
    assert night.users() == 500
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        night.place.of(aside.name).execute('DELETE FROM "User"')


def tampering(night: Night) -> Callable[..., float]:
    """Swaps, and what is live then is not what was approved."""

    def tampered(lease: Any, names: Any, **oids: Any) -> float:
        seconds = swap(lease, names, **oids)
        night.live.execute('ALTER TABLE "User" ADD sneaked int')
        return seconds

    return tampered


@pytest.mark.parametrize("stop", ["pass", ""])
def test_what_is_not_what_was_approved_keeps_everybody_out_and_offers_the_way_back(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stop: str
) -> None:
    night = begin(stop=stop, start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)
    monkeypatch.setattr(restore, "swap", tampering(night))
    monkeypatch.setattr(restored, "LATE", 0.0)
    error = refused(night, request)
    assert "what is live now is not what was approved: table User has other columns" in error.reason
    assert "/restore undo" in error.hint
    assert did(night, tmp_path) == (["stop"] if stop else [])
    assert "nobody gets in: the fence is up" in error.reason
    assert not night.place.allows_connections(night.live.name)
    assert "Traffic is stopped" in night.shown(request.id)
    monkeypatch.setattr(restore, "swap", swap)
    night.undo()
    assert night.users() == 10


def test_whoever_takes_over_after_a_failed_check_starts_no_traffic(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The process is killed when the check has failed, before the fence is up."""
    night = begin(stop="pass", start="pass")
    lost(night)
    request = night.ask()
    night.approve(request)

    class Killed(BaseException):
        pass

    def kill(*_arguments: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(restore, "swap", tampering(night))
        patched.setattr(restored, "LATE", 0.0)
        patched.setattr(restored, "put_up", kill)
        with pytest.raises(Killed):
            runner.run(night.services, request.id)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE operations SET heartbeat = heartbeat - interval '1 hour'")
    error = runner.run(night.services, request.id)
    assert isinstance(error, CommandFailed)
    assert "what is live now is not what was approved" in error.reason
    assert "nobody gets in: the fence is up" in error.reason
    assert not night.place.allows_connections(night.live.name)
    assert did(night, tmp_path) == ["stop"]


def test_a_copy_that_is_written_to_after_it_was_compared_never_goes_live(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = begin()
    lost(night)
    request = night.ask()
    night.approve(request)
    (copy,) = night.kept(MadeKind.COPY)

    def fence(*arguments: Any, **named: Any) -> object:
        night.place.of(copy.name).execute('UPDATE "User" SET name = upper(name) WHERE id = 1')
        return put_up(*arguments, **named)

    monkeypatch.setattr(restore, "put_up", fence)
    assert "after it was compared, in User; nothing was swapped" in refused(night, request).reason
    assert is_as_it_was(night)
