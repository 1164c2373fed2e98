"""The names of emoji that can be reacted with: those that people use, not all of Slack's."""

import re
from pathlib import Path

_SKIN_TONE = re.compile(r"::skin-tone-[2-6]$")
_TONED, _PLAIN = (
    frozenset(names.split())
    for names in re.split(r"^#.*$", (Path(__file__).parent / "emoji.txt").read_text(), flags=re.MULTILINE)[1:]
)


def is_emoji(name: str) -> bool:
    """Whether one can react with this name, a skin tone at its end included where it has one."""
    bare = _SKIN_TONE.sub("", name)
    return bare in _TONED or (bare == name and name in _PLAIN)
