"""Which backup is taken, and what is said of one that would not have been proposed."""

import pytest

from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.findings import Code
from bot.domain.restoring.choosing import by_id, choose, warnings
from bot.errors import Refused
from tests import builders as b

OLDER, NEWER = "B-20251008-100000-aaaa", "B-20251008-110000-bbbb"
SUSPECT = b.backup(NEWER, health=Health.SUSPECT, proof={"suspect_because": (Code.ROWS_ZERO,)})


def test_the_newest_proven_good_one_is_taken_and_newer_ones_are_named() -> None:
    chosen = choose([SUSPECT, b.backup(OLDER)], b.DATABASE)
    assert chosen.backup.id == OLDER
    assert chosen.passed_over == (f"{NEWER}: suspect: rows.zero",)


def test_where_none_is_proven_good_an_id_has_to_be_typed() -> None:
    with pytest.raises(Refused) as refused:
        choose([SUSPECT], b.DATABASE)
    assert refused.value.code == "no-proven-backup"


@pytest.mark.parametrize(
    ("backup", "told"),
    [
        (b.backup(), ()),
        (SUSPECT, ("rows.zero",)),
        (b.backup(health=Health.UNKNOWN), ("unknown",)),
        (b.backup(level=Level.READ, proof={"not_tested_because": "no room"}), ("no room",)),
        (b.backup(kind=Kind.EMERGENCY), ("emergency",)),
    ],
)
def test_by_its_id_any_backup_that_was_read_may_be_taken_and_its_faults_are_said(
    backup: Backup, told: tuple[str, ...]
) -> None:
    assert by_id(backup, b.DATABASE).backup is backup
    found = warnings(backup)
    assert len(found) == len(told)
    assert all(word in line for word, line in zip(told, found, strict=True))


@pytest.mark.parametrize(
    ("backup", "code"),
    [
        (b.backup(corrupt="one byte was changed"), "backup-corrupt"),
        (b.backup(level=Level.WRITTEN), "backup-unread"),
        (b.backup(database="crm"), "another-databases-backup"),
    ],
)
def test_what_cannot_be_trusted_or_belongs_elsewhere_is_refused(backup: Backup, code: str) -> None:
    with pytest.raises(Refused) as refused:
        by_id(backup, b.DATABASE)
    assert (refused.value.code, bool(refused.value.hint)) == (code, True)
