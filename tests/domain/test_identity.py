"""Which database is this? What each way of being another one looks like."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.domain.observation import Observation
from bot.domain.state import Marker
from tests import builders as b
from tests.domain.situations import AGREED, USERS, identity


def codes(observation: Observation) -> tuple[Code, ...]:
    return judge(observation).codes()


def test_on_another_server_the_oid_means_nothing() -> None:
    found = identity(system_identifier=b.OTHER_CLUSTER, database_oid=5, marker=None)
    assert codes(found) == (Code.IDENTITY_OTHER_CLUSTER, Code.IDENTITY_MARKER_MISSING)


def test_a_renamed_database_is_another_one_and_not_a_recreated_one() -> None:
    assert codes(identity(database_name="projectledger_aside")) == (Code.IDENTITY_OTHER_DATABASE,)


def test_a_standby_is_told_once_although_it_is_read_only_too() -> None:
    assert codes(identity(standby=True, read_only=True)) == (Code.IDENTITY_STANDBY,)


def test_a_copy_is_told_by_its_marker_even_before_anybody_accepted_it() -> None:
    copied = replace(b.IDENTITY, marker=Marker(id="x", system_identifier=b.OTHER_CLUSTER, database_oid=b.OID))
    assert codes(b.observation(b.state(USERS, identity=copied))) == (
        Code.IDENTITY_MARKER_FOREIGN,
        Code.BASELINE_MISSING,
    )


def test_a_marker_of_another_id_on_the_same_database_is_foreign() -> None:
    assert codes(identity(marker=replace(b.MARKER, id="marker-2"))) == (Code.IDENTITY_MARKER_FOREIGN,)


def test_a_backup_from_before_the_adoption_need_not_hold_the_marker() -> None:
    early = b.state(USERS, identity=replace(b.IDENTITY, marker=None))
    assert codes(b.observation(early, AGREED, after_pinning=False)) == ()


def test_a_marker_is_missed_whatever_the_clock_of_the_server_says() -> None:
    behind = b.state(
        USERS,
        identity=replace(b.IDENTITY, marker=None),
        taken_at=AGREED.pinned_at - timedelta(hours=1),
    )
    assert codes(b.observation(behind, AGREED)) == (Code.IDENTITY_MARKER_MISSING,)
