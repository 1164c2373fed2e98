"""The kinds of values in a configuration, read and checked one by one."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from bot.config.dsn import check_dsn, folder_of
from bot.config.paths import absolute
from bot.config.problems import problem
from bot.domain.state import TableName
from bot.errors import UsageError

_DURATION = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PERSON = re.compile(r"@[\w.-]+|[UW][A-Z0-9]{6,}|[^@\s]+@[^@\s]+\.[^@\s]+")
_CHANNEL = re.compile(r"[\w-]{1,80}")
_NAME_PART = r'(?:"((?:[^"]|"")+)"|([^."]+))'
_TABLE = re.compile(rf"{_NAME_PART}\.{_NAME_PART}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//)?")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SLACK_API = "https://slack.com/api/"


def _read_duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise problem(
            "is not a duration", 'write a number and a unit, in quotes: "90s", "10m", "36h", "2d", "1w"'
        )
    try:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError:
        raise problem("is longer than anything lasts", 'write a smaller number: "2d"') from None


def _resolve(value: Path, info: ValidationInfo) -> Path:
    """Relative paths are relative to the configuration's file."""
    path = absolute(value, folder_of(info))
    if path is None:
        raise problem("is not a path that can be used here", "write it out, from / on")
    return path


def read_folder_url(value: Any) -> str:
    """The path in `file:///…`, in `file://relative`, or as it is."""
    text = value if isinstance(value, str) else ""
    scheme = _SCHEME.match(text)
    if scheme and scheme[0] != "file://":
        raise problem(f"{scheme[0]} is not supported yet", "name a folder: file:///var/backups/secondkey")
    path = unquote(text[scheme.end() :]) if scheme else text
    if not path:
        raise problem("names no folder", "name one: file:///var/backups/secondkey")
    return path


def _check_person(entry: str) -> str:
    if not _PERSON.fullmatch(entry):
        raise problem(
            "is neither a user group, a user id nor an e-mail address",
            'write "@dba", "U0123ABCDEF" or "jo@example.org"',
        )
    return entry


def _read_channel(value: str) -> str:
    name = value.removeprefix("#")
    if not _CHANNEL.fullmatch(name):
        raise problem("is not a channel", 'write its name or id: "ops", "C0123ABCDEF"')
    return name


def _check_api_url(value: str) -> str:
    url = value if value.endswith("/") else value + "/"
    parts = urlsplit(url)
    if url != SLACK_API and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise problem(
            f"must be {SLACK_API}, or http on this machine for the simulated Slack",
            "leave it out for the real Slack",
        )
    return url


def read_table(key: str) -> TableName:
    """`public.User`, or with quotes where a name holds a dot: `"public"."we.ird"`."""
    match = _TABLE.fullmatch(key)
    if match is None:
        raise problem(
            "is not schema.table",
            "write the exact names with one dot between them; quote names that hold a dot: "
            """'"public"."we.ird"'""",
        )
    schema, name = (
        quoted.replace('""', '"') if quoted else plain
        for quoted, plain in (match.group(1, 2), match.group(3, 4))
    )
    return TableName(schema, name)


def read_duration(text: str) -> timedelta:
    """As people write it, `10m`; raises `UsageError`."""
    try:
        return _read_duration(text)
    except PydanticCustomError as wrong:
        words = wrong.context or {}
        raise UsageError(f"{text[:60]!r} {words['reason']}", words["hint"]) from None


def _read_table(value: object) -> TableName:
    return read_table(value if isinstance(value, str) else "")


Duration = Annotated[timedelta, BeforeValidator(_read_duration)]
RelativePath = Annotated[Path, AfterValidator(_resolve)]
FolderUrl = Annotated[Path, BeforeValidator(read_folder_url), AfterValidator(_resolve)]
Dsn = Annotated[SecretStr, AfterValidator(check_dsn)]
Person = Annotated[str, AfterValidator(_check_person)]
Channel = Annotated[str, AfterValidator(_read_channel)]
ApiUrl = Annotated[str, AfterValidator(_check_api_url)]
Table = Annotated[TableName, BeforeValidator(_read_table)]
Text = Annotated[str, Field(min_length=1)]
