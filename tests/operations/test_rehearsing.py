"""A copy that was made for a rehearsal is nobody's production, and says so to whoever is led to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import inline
from bot.app import open_services
from bot.config import load
from bot.domain.grammar import Verify
from bot.domain.release_environment import ReleaseUrl
from bot.errors import Refused
from bot.operations.services import Services
from bot.postgres.installation import embedded
from bot.postgres.rehearsal_copy import RehearsalCopy, rehearsal_copy
from tests.operations.conftest import NAME, Place
from tests.postgres.archives import back_up
from tests.servers import Database


@pytest.fixture
def copy(place: Place, passable: Path) -> Iterator[RehearsalCopy]:
    """A copy of the protected database, which was adopted before."""
    manifest = back_up(passable / "archive", place.protected.dsn)
    with rehearsal_copy(passable / "archive", manifest, embedded(), passable / "scratch", login="") as made:
        yield made


@pytest.fixture
def misled(place: Place, state: Database, copy: RehearsalCopy) -> Iterator[Services]:
    """A Secondkey whose configuration leads to the copy."""
    path = place.settings(state)
    path.write_text(path.read_text().replace(place.protected.dsn, ReleaseUrl().leading_to(copy.door)))
    with open_services(load(path, {}, need_slack=False)) as services:
        yield services


def test_a_copy_is_neither_accepted_nor_backed_up_and_its_verdict_blocks(misled: Services) -> None:
    with pytest.raises(Refused, match="restored is a copy of B-20251008-110000-abcd") as accepted:
        inline.pin(misled, NAME, "", lambda _: None)
    assert accepted.value.code == "rehearsal-copy"
    with pytest.raises(Refused, match="nobody's production") as backed_up:
        inline.back_up(misled, "", lambda _: None)
    assert backed_up.value.code == "rehearsal-copy"
    assert misled.repository.backups() == ()
    operation, _ = inline.check(misled, Verify(database=NAME), lambda _: None)
    assert operation.result["verdict"] == "block"
    (foreign,) = [
        found for found in operation.result["findings"] if found["code"] == "identity.marker-foreign"
    ]
    assert "a copy of B-20251008-110000-abcd that a rehearsal works on" in foreign["detail"]
