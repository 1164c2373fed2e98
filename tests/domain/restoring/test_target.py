"""Whatever was found where the configuration points: the incident itself, hardly ever a refusal."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.findings import Code
from bot.domain.observation import Unreadable
from bot.domain.restoring.target import Found, find_target
from bot.domain.state import Marker, State
from bot.errors import Refused
from tests import builders as b

PINNED = b.baseline(b.table("User", 1204))
ELSEWHERE = Marker(id="marker-9", system_identifier=b.CLUSTER, database_oid=b.OID)


def found(rows: int = 5, **identity: Any) -> State:
    return b.state(b.table("User", rows), identity=replace(b.IDENTITY, **identity))


@pytest.mark.parametrize(
    ("state", "how", "words"),
    [
        (found(), Found.PINNED, "the pinned database"),
        (found(0), Found.EMPTY, "it is empty"),
        (found(marker=None), Found.UNMARKED, "marker is gone"),
        (found(database_oid=17000, marker=None), Found.RECREATED, f"oid {b.OID} → 17000"),
        (found(0, database_oid=17000, marker=None), Found.RECREATED, "it is empty"),
        (found(database_oid=17000), Found.RECREATED, "recreated"),
        (found(database_name="ledger2"), Found.OTHER_DATABASE, "ledger2"),
        (found(system_identifier=b.OTHER_CLUSTER, marker=None), Found.OTHER_SERVER, b.OTHER_CLUSTER),
    ],
)
def test_what_is_not_the_pinned_database_is_said_and_not_refused(
    state: State, how: Found, words: str
) -> None:
    target = find_target("projectledger", state, PINNED)
    assert target.found is how
    assert words in target.words
    assert target.bound.oid == state.identity.database_oid


def test_a_database_that_is_gone_is_made_anew_without_undo() -> None:
    gone = Unreadable(code=Code.IDENTITY_ABSENT, reason="no such database", system_identifier=b.CLUSTER)
    target = find_target("projectledger", gone, PINNED)
    assert (target.found, target.absent, target.bound.oid) == (Found.ABSENT, True, None)
    assert "no undo" in target.words
    elsewhere = replace(gone, system_identifier=b.OTHER_CLUSTER)
    assert "another server" in find_target("projectledger", elsewhere, PINNED).words


def test_where_nothing_was_pinned_people_are_shown_which_one_it_is() -> None:
    target = find_target("projectledger", found(), None)
    assert target.found is Found.UNPINNED
    assert b.CLUSTER in target.words


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (found(standby=True), "target-standby"),
        (found(marker=ELSEWHERE), "target-foreign"),
        (Unreadable(code=Code.IDENTITY_UNREACHABLE, reason="no answer"), "target-unreachable"),
        (Unreadable(code=Code.IDENTITY_ABSENT, reason="perhaps gone"), "target-unreachable"),
    ],
)
def test_anothers_database_a_standby_and_the_unknown_are_refused(
    state: State | Unreadable, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        find_target("projectledger", state, PINNED)
    assert refused.value.code == code
    assert refused.value.hint or isinstance(state, Unreadable)


def test_the_marker_in_the_backup_counts_as_ours_where_the_pin_is_lost() -> None:
    assert find_target("projectledger", found(marker=ELSEWHERE), None, [ELSEWHERE.id]).found is Found.UNPINNED
    with pytest.raises(Refused):
        find_target("projectledger", found(marker=ELSEWHERE), None, [b.MARKER.id])
