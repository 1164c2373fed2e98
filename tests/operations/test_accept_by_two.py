"""What one person may not accept: a second one is asked, and what is pinned is what was approved."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.approval import Choice, Request, State
from bot.domain.operation import Operation
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.operations import accept, approval, deciding, lowering, runner
from bot.postgres.server import Server
from bot.store import audit, baselines, operations
from bot.store.database import Away
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night
from tests.operations.working import pinned

WHY = "the demo users were purged"


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path) as night:
        night.protect()
        night.live.execute('DELETE FROM "User" WHERE id > 400')
        yield night


def asked_for(night: Night, reason: str = WHY) -> Operation:
    return accept.request(night.services, NAME, reason, MARA, "ops")


def ask(night: Night) -> Request:
    return night.posted(asked_for(night))


def refused(night: Night, request: Request) -> Refused:
    """How carrying it out ended; nothing was pinned."""
    before = pinned(night.services)
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert pinned(night.services) == before
    return error


def run(night: Night, operation: Operation) -> SecondkeyError | None:
    return runner.run(night.services, operation.id)


def test_a_second_person_approves_and_both_are_remembered(night: Night) -> None:
    asking = asked_for(night)
    request = night.posted(asking)
    shown = night.shown(request.id)
    for word in ("Counts as good from then on", "500 → 400", WHY, f"<@{MARA}> asks"):
        assert word in shown
    assert "takes a second person" in night.shown(asking.id)
    assert pinned(night.services).state.rows > 400
    night.approve(request)
    assert night.carry_out(request) is None

    now = pinned(night.services)
    assert (now.pinned_by, now.approved_by) == (MARA, (JONAS,))
    assert {table.name.short: table.rows for table in now.state.tables}["User"] == 400
    assert f"Pinned by <@{MARA}>, approved by <@{JONAS}>" in night.shown(request.id)
    assert night.request(request).state is State.USED
    with night.services.store.transaction() as connection:
        (entry,) = (one for one in audit.entries(connection, 1) if one.action == "baseline.accepted")
    assert (entry.actor, entry.detail["approved_by"], entry.detail["reason"]) == (MARA, [JONAS], WHY)
    assert entry.detail["lowered"] == ["User 500 → 400 (−20 %)"]
    assert night.operation(request).result["approved_by"] == [JONAS]
    assert "Accepted" in night.shown(f"{request.id}:outcome")


def test_what_lowers_nothing_still_takes_one_person(night: Night) -> None:
    night.live.execute('INSERT INTO "User" SELECT n FROM generate_series(401, 600) n')
    assert run(night, asked_for(night, reason="")) is None
    assert (pinned(night.services).pinned_by, pinned(night.services).approved_by) == (MARA, ())
    assert approval.waiting(night.services, NAME) is None


def test_without_a_reason_nobody_is_asked_and_the_message_offers_to_give_one(night: Night) -> None:
    operation = asked_for(night, reason="")
    error = run(night, operation)
    assert isinstance(error, Refused)
    assert error.code == "reason-missing"
    assert "User 500 → 400" in error.reason
    assert approval.waiting(night.services, NAME) is None
    assert "verify_accept_ask" in night.shown(operation.id)


def test_without_slack_nobody_can_be_asked(night: Night) -> None:
    night.services = replace(night.services, directory=None)
    error = run(night, asked_for(night))
    assert isinstance(error, Refused)
    assert error.code == "second-key-needed"
    assert "while the bot runs" in error.hint


def test_nobody_accepts_alone_what_is_still_being_decided(night: Night) -> None:
    request = ask(night)
    assert night.carry_out(request) is None
    assert pinned(night.services).approved_by == ()
    second = run(night, asked_for(night))
    assert isinstance(second, Refused)
    assert second.code == "already-requested"
    assert night.request(request).state is State.PENDING


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ('DELETE FROM "User" WHERE id > 380', "public.User: 120 rows would go, at most 110 were approved"),
        ('DROP TABLE "User" CASCADE', "gone tables"),
        ("DROP SCHEMA secondkey CASCADE", "target marker"),
    ],
)
def test_what_changed_meanwhile_voids_it(night: Night, meanwhile: str, told: str) -> None:
    request = ask(night)
    night.approve(request)
    night.live.execute(meanwhile)
    error = refused(night, request)
    assert error.code == "approval-void"
    assert told in error.reason
    assert "Void" in night.shown(request.id)


def test_a_few_rows_fewer_void_nothing(night: Night) -> None:
    request = ask(night)
    night.approve(request)
    night.live.execute('DELETE FROM "User" WHERE id > 395')
    assert night.carry_out(request) is None
    assert pinned(night.services).approved_by == (JONAS,)


def test_another_pin_in_between_voids_it(night: Night) -> None:
    request = ask(night)
    night.approve(request)
    before = pinned(night.services)
    moved = replace(before.state, identity=replace(before.state.identity, database_oid=7))
    with night.services.store.transaction() as connection:
        baselines.save(connection, NAME, moved, by=PRIYA, pinned=True)
    error = refused(night, request)
    assert "instead of oid" in error.reason


def test_a_baseline_that_grows_at_the_last_moment_keeps_what_is_pinned(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(night)
    night.approve(request)
    before = pinned(night.services)
    grown = replace(before.state, tables=tuple(replace(table, rows=900) for table in before.state.tables))

    def prove(*_arguments: object) -> None:
        with night.services.store.transaction() as connection:
            baselines.save(connection, NAME, grown, by="a backup", pinned=False)

    monkeypatch.setattr("bot.operations.swap_proofs.prove", prove)
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert error.code == "second-key-needed"
    assert "public.User: 500 rows would go" in error.reason
    assert pinned(night.services).state.tables == grown.tables


def test_a_veto_and_silence_end_it(night: Night) -> None:
    denied = ask(night)
    night.react(denied, Choice.DENY, PRIYA)
    assert night.request(denied).state is State.DENIED
    silent = ask(night)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET decide_by = clock_timestamp() WHERE id = %s", [silent.id])
    deciding.expire_overdue(night.services)
    assert night.request(silent).state is State.EXPIRED
    assert night.deferred.count(denied.id) + night.deferred.count(silent.id) == 0
    assert pinned(night.services).approved_by == ()


def test_a_veto_after_the_approval_still_stops_it(night: Night) -> None:
    request = ask(night)
    night.approve(request)
    night.workspace.reactions[Choice.DENY] = {PRIYA}
    assert refused(night, request).code == "approval-denied"


def test_a_restore_does_not_wait_for_an_accept_that_nobody_approved_yet(night: Night) -> None:
    request = ask(night)
    assert night.ask().is_open
    assert night.request(request).state is State.VOID
    assert "the restore of this database was asked for" in night.shown(request.id)


def test_an_accept_that_was_approved_is_not_overtaken(night: Night) -> None:
    request = ask(night)
    night.approve(request)
    with pytest.raises(Refused, match=f"{request.id}, Accept requested") as restoring:
        night.ask()
    assert restoring.value.code == "already-requested"
    assert night.carry_out(request) is None
    assert night.ask().is_open


def test_a_lost_baseline_takes_two_and_is_compared_with_the_newest_healthy_backup(night: Night) -> None:
    with night.services.store.transaction() as connection:
        connection.execute("DELETE FROM baselines")
    request = ask(night)
    shown = night.shown(request.id)
    for word in ("The baseline was lost", "Compared with the backup `B-", "500 → 400"):
        assert word in shown
    night.approve(request)
    assert night.carry_out(request) is None
    assert pinned(night.services).approved_by == (JONAS,)


def test_whoever_takes_over_asks_no_second_time(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = asked_for(night)

    def cut_off(*_arguments: object) -> None:
        raise Away("killed")

    with monkeypatch.context() as cut:
        cut.setattr(lowering, "asked", cut_off)
        assert isinstance(run(night, operation), CommandFailed)
    night.fall_silent()
    request = night.posted(operation)
    with night.services.store.transaction() as connection:
        assert operations.load(connection, operation.id).result == {"request": request.id}


def test_an_accept_that_was_cut_off_after_its_approval_was_used_is_asked_again(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(night)
    night.approve(request)

    def cut_off(*_arguments: object) -> None:
        raise Away("killed")

    with monkeypatch.context() as cut:
        cut.setattr("bot.operations.swap_proofs.prove", cut_off)
        assert night.carry_out(request) is not None
    night.fall_silent()
    assert refused(night, request).code == "approval-used"
    shown = night.shown(request.id)
    assert "Not accepted" in shown
    assert "by an attempt that was cut off; nothing was changed now" in shown
    assert f"`/verify accept {NAME} REASON` asks again" in shown
    for key in (f"{request.id}:outcome", f"{request.id}:outcome:{JONAS}"):
        assert "Not accepted" in night.shown(key)
