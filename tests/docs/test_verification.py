"""The documentation knows every reason code, with the severity that the code has."""

import re
from pathlib import Path

from bot.domain.findings import Code, default_severity

PAGE = (Path(__file__).parents[2] / "docs" / "verification.md").read_text()
ROWS = re.findall(r"^\| `([a-z]+\.[a-z-]+)` \| (\w+) \| ([^|]{10,}) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_code_is_explained_once_in_the_order_of_the_code() -> None:
    assert [code for code, *_ in ROWS] == [code.value for code in Code]


def test_every_severity_is_the_one_in_force() -> None:
    assert {code: severity for code, severity, *_ in ROWS} == {
        code.value: default_severity(code).value for code in Code
    }
