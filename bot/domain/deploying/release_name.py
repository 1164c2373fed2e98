"""The name of a release, as people and pipelines write it: a tag, a branch, a commit."""

import re

from bot.errors import UsageError

MOST = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/@-]*")


def check_release(name: str) -> str:
    """The same name; raises `UsageError` for what could not be told from a command or from markup."""
    if not name:
        raise UsageError("the release's name is missing", "for example: `/deploy start v1.4.0`")
    if len(name) > MOST:
        raise UsageError(
            f"a release's name of {len(name)} characters is too long", f"{MOST} are the most: a tag, a commit"
        )
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:60]!r} is not the name of a release",
            "letters, digits and . _ + / @ - are allowed, and the first is a letter or digit: v1.4.0",
        )
    return name
