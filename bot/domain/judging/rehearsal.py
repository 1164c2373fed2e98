"""What the rehearsal of a release says against it."""

from collections.abc import Iterator

from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import Rehearsed


def findings(rehearsed: Rehearsed | None) -> Iterator[Finding]:
    if rehearsed is None:
        return
    on = f"on a copy of {rehearsed.backup_id}" if rehearsed.backup_id else "not rehearsed:"
    if rehearsed.failure:
        yield finding(
            Code.RELEASE_REHEARSAL_FAILED,
            "command",
            f"{on} {rehearsed.failure}",
            "read its last words: production would have been left as the copy was",
        )
    for table, change in rehearsed.lost:
        yield finding(
            Code.RELEASE_REHEARSAL_LOST_ROWS,
            table.short,
            f"{on} {change}",
            "look at the migration before production loses them too",
        )
