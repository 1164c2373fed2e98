"""Backups end by a policy: announced a day before, never half, and with two keys where they end earlier."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config.retention import Retention
from bot.domain.alerting.alert import Cause, Matter
from bot.domain.approval import Choice, Request, State
from bot.domain.backup import Archive, Backup, Level, new_backup_id
from bot.domain.findings import Code, finding
from bot.domain.operation import Kind
from bot.domain.retention import Policy
from bot.errors import NotFound, Refused
from bot.operations import asking, catalogue, drilling, floors, listing, pinning, retaining
from bot.operations.alerting import reporting
from bot.postgres.server import Server
from bot.repository import deleting
from bot.repository.folder import Repository
from bot.store import backups, operations, requests, retained
from bot.store.database import Away
from bot.store.documents import document
from tests import builders
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night

LAST_THREE = Retention(keep_last=3, keep_daily=0, keep_weekly=0, keep_monthly=0)
#: What there is of each backup in the repository.
FILES = (".dump", ".json", ".json.sig", ".proof.json", ".proof.json.sig")


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    """Five good backups, and a policy that keeps three."""
    with a_night(postgres_server, own_server, tmp_path) as night:
        keep(night, LAST_THREE)
        for days in range(5):
            written(night, days)
        yield night


def keep(night: Night, retention: Retention | None) -> None:
    """The configuration says so by now."""
    configured = night.services.settings.databases[NAME]
    backup = configured.backup.model_copy(update={"retention": retention})
    databases = {NAME: configured.model_copy(update={"backup": backup})}
    settings = night.services.settings.model_copy(update={"databases": databases})
    night.services = replace(night.services, settings=settings)


def written(night: Night, days: int, **changes: Any) -> Backup:
    """A backup of so many days ago, whose archive nobody will read."""
    services = night.services
    backup_id = new_backup_id(services.store.now() - timedelta(days=days))
    with services.repository.open_archive(NAME, backup_id) as archive:
        archive.write(b"PGDMP" * 100)
    lies = Archive(bytes=archive.bytes, sha256=archive.sha256, compression="zstd")
    services.repository.save_manifest(builders.manifest(backup_id, database=NAME, archive=lies, **changes))
    services.repository.update_proof(
        NAME, backup_id, lambda proof: replace(proof, level=Level.RESTORE_TESTED)
    )
    backup = services.repository.load(backup_id)
    with services.store.transaction() as connection:
        backups.record(connection, backup)
    return backup


def newest_first(night: Night) -> list[str]:
    return [backup.id for backup in catalogue.known(night.services, NAME)]


def nightly(night: Night) -> None:
    """The scheduled run of one night."""
    with night.services.store.transaction() as connection:
        operation = operations.create(
            connection, kind=Kind.RETENTION, database=NAME, requested_by="schedule:retention", request={}
        )
    night.run(operation)


def a_day_later(night: Night) -> None:
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE backup_ends SET announced_at = announced_at - interval '1 day'")


def two_nights(night: Night) -> None:
    nightly(night)
    a_day_later(night)
    nightly(night)


def notices(night: Night) -> list[str]:
    with night.services.store.transaction() as connection:
        found = connection.execute("SELECT text || blocks FROM outbox WHERE key LIKE 'notice:retention:%'")
        return [text for (text,) in found]


def files(night: Night, backup_id: str) -> list[str]:
    folder = night.services.repository.folder_of(NAME)
    return sorted(path.name.removeprefix(backup_id) for path in folder.glob(f"{backup_id}*"))


def test_what_is_over_is_announced_and_deleted_a_day_later(night: Night) -> None:
    *stay, fourth, fifth = newest_first(night)
    nightly(night)
    assert newest_first(night) == [*stay, fourth, fifth]
    (notice,) = notices(night)
    assert "2 backups going tomorrow" in notice
    assert fourth in notice
    nightly(night)
    assert len(newest_first(night)) == 5
    a_day_later(night)
    nightly(night)
    assert newest_first(night) == stay
    assert [files(night, each) for each in (fourth, fifth)] == [[], []]
    assert files(night, stay[0]) == sorted(FILES)
    (notice,) = notices(night)
    assert "2 backups deleted" in notice


def test_without_a_policy_nothing_is_ever_deleted(night: Night) -> None:
    keep(night, None)
    two_nights(night)
    assert len(newest_first(night)) == 5
    assert notices(night) == []


def pinned(night: Night, backup_id: str) -> None:
    pinning.pin(night.services, backup_id, "for the audit", MARA)


def drilled(night: Night, backup_id: str) -> None:
    drilling.request(night.services, NAME, backup_id, MARA, "ops")


def released(night: Night, backup_id: str) -> None:
    with night.services.store.transaction() as connection:
        connection.execute(
            "INSERT INTO deployments (id, database, release, opened_by, stage, backup_id)"
            " VALUES ('op-1', %s, 'v1', 'U1', 'open', %s)",
            [NAME, backup_id],
        )


def in_an_incident(night: Night, backup_id: str) -> None:
    with night.services.store.transaction() as connection:
        connection.execute(
            "INSERT INTO incidents (id, database, kind, what, opened_by, evidence)"
            " VALUES ('in-1', %s, 'data-loss', 'users vanished', 'U1', %s)",
            [NAME, document({"backup_id": backup_id})],
        )


def copied(night: Night, backup_id: str) -> None:
    with night.services.store.transaction() as connection:
        connection.execute(
            "INSERT INTO made_databases (operation, kind, database, name, oid, system_identifier, source,"
            " checksum, keep_until) VALUES ('op-2', 'copy', %s, 'copy', 1, '1', %s, '', now())",
            [NAME, backup_id],
        )


def asked_away(night: Night, backup_id: str) -> None:
    ask_deletion(night, backup_id)


def alerted(night: Night, backup_id: str) -> None:
    found = finding(Code.BACKUP_SUSPECT, backup_id, "it is one of a database that did not pass")
    reporting.report(night.services, Cause(matter=Matter.BACKUP, database=NAME), [found], sure="seen")


REFERENCES = (pinned, drilled, released, in_an_incident, copied, alerted, asked_away)


def test_what_something_open_refers_to_stays(night: Night) -> None:
    for days in range(5, 11):
        written(night, days)
    nightly(night)
    *named, last = newest_first(night)[3:]
    for refer, backup_id in zip(REFERENCES, named, strict=True):
        refer(night, backup_id)
    assert sorted(listing.held(night.services, NAME), reverse=True) == named
    assert "Held: pinned by " in str(listing.backups(night.services, NAME).blocks)
    a_day_later(night)
    nightly(night)
    assert newest_first(night)[3:] == named
    assert files(night, named[0]) == sorted(FILES)
    assert files(night, last) == []


def test_what_is_unpinned_is_announced_before_it_goes(night: Night) -> None:
    last = newest_first(night)[-1]
    pinned(night, last)
    two_nights(night)
    assert last in newest_first(night)
    pinning.unpin(night.services, last, MARA)
    nightly(night)
    assert last in newest_first(night)
    a_day_later(night)
    nightly(night)
    assert last not in newest_first(night)
    with pytest.raises(NotFound):
        pinning.unpin(night.services, newest_first(night)[0], MARA)


def test_what_is_referred_to_in_the_last_moment_is_the_backup_that_it_was(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, last = deleting.begin, newest_first(night)[-1]

    def pinned_meanwhile(repository: Repository, database: str, backup_id: str) -> None:
        pinned(night, backup_id)
        begin(repository, database, backup_id)

    monkeypatch.setattr(deleting, "begin", pinned_meanwhile)
    two_nights(night)
    assert last in good_ones(night)
    assert files(night, last) == sorted(FILES)


def killed_at(patch: pytest.MonkeyPatch, where: Any, name: str, *, before: bool) -> None:
    act = getattr(where, name)

    def killed(*given: Any, **named: Any) -> None:
        if not before:
            act(*given, **named)
        raise Away("killed")

    patch.setattr(where, name, killed)


@pytest.mark.parametrize(
    ("where", "step", "before"),
    [
        (deleting, "begin", True),
        (deleting, "begin", False),
        (backups, "forget", True),
        (backups, "forget", False),
        (deleting, "finish", True),
        (Path, "unlink", False),
        (deleting, "finish", False),
    ],
)
def test_whoever_is_killed_while_deleting_leaves_nothing_half_on_offer(
    night: Night, where: Any, step: str, before: bool
) -> None:
    *stay, fourth, fifth = newest_first(night)
    nightly(night)
    a_day_later(night)
    with pytest.MonkeyPatch.context() as patch:
        killed_at(patch, where, step, before=before)
        nightly_and_killed(night)
    for each in (fourth, fifth):
        whole = files(night, each) == sorted(FILES)
        assert whole or each not in good_ones(night)
    catalogue.rebuild(night.services, "cli:anna")
    assert {each for each in (fourth, fifth) if files(night, each) != sorted(FILES)}.isdisjoint(
        good_ones(night)
    )

    night.fall_silent()
    with night.services.store.transaction() as connection:
        (unfinished,) = [
            each for each in operations.recent(connection, limit=1) if each.kind is Kind.RETENTION
        ]
    night.run(unfinished)
    assert newest_first(night) == stay
    assert [files(night, each) for each in (fourth, fifth)] == [[], []]


def nightly_and_killed(night: Night) -> None:
    with pytest.raises(Exception, match="did not answer"):
        nightly(night)


def good_ones(night: Night) -> set[str]:
    return {backup.id for backup in catalogue.known(night.services, NAME) if backup.proven_good}


def ask_deletion(night: Night, backup_id: str) -> Request:
    return night.posted(asking.delete(night.services, backup_id, "no room", MARA))


def test_deleting_a_backup_before_its_time_takes_two_keys(night: Night) -> None:
    newest, *others = newest_first(night)
    request = ask_deletion(night, newest)
    assert "There is no way back" in night.shown(request.id)
    assert newest in newest_first(night)
    night.approve(request)
    assert night.carry_out(request) is None
    assert newest_first(night) == others
    assert files(night, newest) == []
    assert "is gone" in night.shown(request.id)


def test_a_deletion_that_was_cut_off_is_brought_to_its_end(night: Night) -> None:
    newest, *others = newest_first(night)
    request = ask_deletion(night, newest)
    night.approve(request)
    with pytest.MonkeyPatch.context() as patch:
        killed_at(patch, deleting, "finish", before=True)
        assert night.carry_out(request) is not None
    night.fall_silent()
    assert night.carry_out(request) is None
    assert newest_first(night) == others
    assert files(night, newest) == []


def test_what_is_needed_is_not_deleted_by_two_people_either(night: Night) -> None:
    newest, second, *older = newest_first(night)
    pinned(night, newest)
    with pytest.raises(Refused, match="for the audit") as refused:
        ask_deletion(night, newest)
    assert refused.value.code == "backup-needed"
    request = ask_deletion(night, second)
    night.approve(request)
    pinned(night, second)
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert error.code == "backup-needed"
    assert second in newest_first(night)
    assert older


def test_the_last_good_backup_is_never_deleted(night: Night) -> None:
    last = newest_first(night)[0]
    for each in newest_first(night)[1:]:
        deleting.begin(night.services.repository, NAME, each)
    with pytest.raises(Refused, match="the last one that is proven good"):
        ask_deletion(night, last)


@pytest.mark.parametrize("comes_back", [False, True])
def test_of_two_good_backups_that_go_at_the_same_time_one_stays(
    night: Night, monkeypatch: pytest.MonkeyPatch, *, comes_back: bool
) -> None:
    repository, begin = night.services.repository, deleting.begin
    last, other, *older = newest_first(night)
    for each in older:
        begin(repository, NAME, each)
    request = ask_deletion(night, last)
    night.approve(request)

    def both(repository: Repository, database: str, backup_id: str) -> None:
        begin(repository, database, backup_id)
        begin(repository, database, other)
        if comes_back:
            deleting.take_back(repository, database, backup_id)

    monkeypatch.setattr(deleting, "begin", both)
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert "the last one that is proven good; nothing was deleted" in error.reason
    assert last in good_ones(night)


def holds(night: Night) -> Policy | None:
    with night.services.store.transaction() as connection:
        return retained.in_force(connection, NAME)


def start(night: Night) -> Request | None:
    """The bot starts, and its workers do what it asks for."""
    night.deferred.clear()
    floors.ask_where_lowered(night.services)
    if not night.deferred:
        return None
    return night.posted(night.operation_of(night.deferred[0]))


def test_a_configuration_that_keeps_less_takes_two_people_who_did_not_ask(night: Night) -> None:
    assert start(night) is None
    assert holds(night) == LAST_THREE.policy
    fewer = LAST_THREE.model_copy(update={"keep_last": 1})
    keep(night, fewer)
    request = start(night)
    assert request is not None
    assert request.needed == 2
    assert "keep_last" in night.shown(request.id)
    assert start(night) is None
    two_nights(night)
    assert len(newest_first(night)) == 3

    night.approve(request, by=JONAS)
    assert night.request(request).state is State.PENDING
    night.approve(request, by=PRIYA)
    assert night.carry_out(request) is None
    assert holds(night) == fewer.policy
    two_nights(night)
    assert len(newest_first(night)) == 1
    assert start(night) is None


def test_what_people_denied_is_asked_again_only_with_other_numbers_or_by_a_person(night: Night) -> None:
    start(night)
    keep(night, LAST_THREE.model_copy(update={"keep_last": 1}))
    request = start(night)
    assert request is not None
    night.react(request, Choice.DENY, JONAS)
    assert night.request(request).state is State.DENIED
    assert start(night) is None
    asked = night.posted(floors.request(night.services, NAME, "no room", MARA))
    night.react(asked, Choice.DENY, PRIYA)
    assert start(night) is None
    keep(night, LAST_THREE.model_copy(update={"keep_last": 2}))
    assert start(night) is not None
    assert holds(night) == LAST_THREE.policy


def test_what_nobody_answered_is_asked_again_a_day_later(night: Night) -> None:
    start(night)
    keep(night, LAST_THREE.model_copy(update={"keep_last": 1}))
    request = start(night)
    assert request is not None
    with night.services.store.transaction() as connection:
        requests.stop(connection, request.id, State.EXPIRED)
    assert start(night) is None
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET created_at = created_at - interval '1 day'")
    assert start(night) is not None


def test_a_configuration_that_keeps_more_does_so_at_once_and_is_a_floor_from_then_on(night: Night) -> None:
    start(night)
    keep(night, LAST_THREE.model_copy(update={"keep_last": 4}))
    assert start(night) is None
    keep(night, None)
    assert start(night) is None
    keep(night, LAST_THREE)
    two_nights(night)
    assert len(newest_first(night)) == 4
    assert "keep_last" in str(retaining.shown(night.services, NAME).blocks)


def test_an_approval_is_for_the_numbers_that_people_saw(night: Night) -> None:
    start(night)
    keep(night, LAST_THREE.model_copy(update={"keep_last": 2}))
    request = start(night)
    assert request is not None
    for person in (JONAS, PRIYA):
        night.approve(request, by=person)
    keep(night, LAST_THREE.model_copy(update={"keep_last": 1}))
    error = night.carry_out(request)
    assert isinstance(error, Refused)
    assert error.code == "approval-void"
    assert holds(night) == LAST_THREE.policy


def test_somebody_may_ask_for_what_the_configuration_says(night: Night) -> None:
    start(night)
    with pytest.raises(NotFound, match="lowers nothing that is in force"):
        floors.request(night.services, NAME, "no room", MARA)
    keep(night, LAST_THREE.model_copy(update={"keep_last": 1}))
    request = night.posted(floors.request(night.services, NAME, "no room", MARA))
    assert request.needed == 1
    night.approve(request)
    assert night.carry_out(request) is None
    assert holds(night) != LAST_THREE.policy


def test_a_restore_does_not_wait_for_a_deletion_that_nobody_approved_yet(night: Night) -> None:
    request = ask_deletion(night, newest_first(night)[-1])
    asking.restore(night.services, NAME, None, "users vanished", MARA)
    assert night.request(request).state is State.VOID
