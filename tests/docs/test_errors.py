"""The documentation knows every error that scripts may read."""

import re
from pathlib import Path

from bot.endings import ERRORS

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
SECTION = PAGE.partition("| error | what happened |\n")[2].partition("\n\n")[0]
ROWS = re.findall(r"^\| `([a-z.-]+)` \| [^|]{5,} \|$", SECTION, re.MULTILINE)


def test_every_error_is_explained_once() -> None:
    assert sorted(ROWS) == sorted(ERRORS)
