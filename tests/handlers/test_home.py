"""The App Home of a person, from what the records and the backups' files say now."""

import re
from datetime import timedelta

from bot.operations import listing
from bot.store import backups, baselines, watch
from tests import builders
from tests.handlers.conftest import Desk
from tests.slack.limits import check, readable


def test_a_backup_whose_files_are_gone_is_never_shown_as_good(desk: Desk) -> None:
    made = builders.backup("B-20251008-110000-abcd", builders.table("User", 12))
    with desk.services.store.transaction() as connection:
        backups.record(connection, made)
        baselines.save(connection, "projectledger", made.manifest.state, by="U00000001", pinned=True)
        watch.looked(connection, "projectledger", timedelta(milliseconds=80))
    text = readable(check(listing.home(desk.services, desk.slack.one(group="engineering"))))
    assert "🟠 *`projectledger`* · production · *needs attention*" in text
    assert "Verified: never · watched just now" in text
    assert "`B-20251008-110000-abcd`" in text
    assert "corrupt" in text
    assert "*No backup is both healthy and restore-tested.*" in text
    assert "Rows: 12 (as in the baseline)" in text
    assert re.search(r"^Backup in \d+ (h|min), drill in \d+ (days|h|min)$", text, re.MULTILINE)
