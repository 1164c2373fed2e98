"""Single values: what is read from them, and where a connection string leads."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.dsn import target
from bot.config.paths import absolute
from bot.config.values import read_folder_url, read_table
from bot.domain.state import TableName

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(NAMES, NAMES)
def test_a_table_in_quotes_is_read_back_whatever_its_names_hold(schema: str, name: str) -> None:
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
    assert read_table(quoted) == TableName(schema, name)


@pytest.mark.parametrize("key", ["User", "a.b.c", ".User", "public.", '"public.User', ""])
def test_what_is_no_schema_and_table_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"schema\.table"):
        read_table(key)


def test_a_folder_is_written_as_url_or_as_path() -> None:
    assert read_folder_url("file:///var/my%20backups") == "/var/my backups"
    assert read_folder_url("file://backups") == "backups"
    assert read_folder_url("backups/here") == "backups/here"


def test_a_path_that_cannot_be_one_is_none() -> None:
    assert absolute("a/b", Path("/etc")) == Path("/etc/a/b")
    assert absolute("/a", Path("/etc")) == Path("/a")
    assert absolute("~nobody-at-all/a", Path("/etc")) is None
    assert absolute("a\0b", Path("/etc")) is None


def test_where_a_connection_string_leads_is_told_without_its_password() -> None:
    found = target("postgresql://bot:hunter2@one.example.org,two.example.org:5433/ledger")
    assert found is not None
    assert found.servers == {("one.example.org", "5432"), ("two.example.org", "5433")}
    assert found.text == "bot@one.example.org,two.example.org:5433/ledger"
    assert target("postgresql://[::") is None
