"""The statements in files that go to protected servers."""

import re
from pathlib import Path

import pytest

from bot.postgres import queries

FILES = sorted((Path(queries.__file__).parent / "sql").glob("*.sql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_statement_reaches_a_server_of_any_encoding_and_says_what_it_is_for(file: Path) -> None:
    text = file.read_bytes()
    assert text.isascii()
    assert text.startswith(b"-- ")
    assert b";" not in re.sub(rb"--.*", b"", text)
