"""A backup's health, from the verdict on the database that it was made of."""

from bot.domain.backup import Health
from bot.domain.findings import Code, Verdict

#: What makes a backup suspect; its history, the server and the policies say nothing about its contents.
_ABOUT_THE_CONTENTS = {"identity", "baseline", "schema", "rows", "data", "check"}


def health_of(verdict: Verdict, *, whole: bool = True) -> tuple[Health, tuple[Code, ...]]:
    """The health, and for a suspect one the codes of the critical findings behind it.

    A backup that is not `whole`, because something had to be left out, is never healthy.
    """
    if Code.BASELINE_MISSING in verdict.codes():
        return Health.UNKNOWN, ()
    critical = (found.code for found in verdict.critical() if found.code.group in _ABOUT_THE_CONTENTS)
    because = tuple(dict.fromkeys(critical)) or (() if whole else (Code.ROWS_UNREADABLE,))
    return (Health.SUSPECT, because) if because else (Health.HEALTHY, ())
