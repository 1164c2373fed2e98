"""Markdown as canvases take it: headings of three levels, lists, small tables; text of others stays text."""

import re
from collections.abc import Sequence

from bot import wording

#: What begins markup anywhere.
_MARKS = re.compile(r"[\\`*\[\]<>|~]|!(?=\[)|(?<![^\W_])_|_(?![^\W_])")
#: What begins a list, a heading, a quotation or a rule at the beginning of a line.
_FIRST = re.compile(r"^(\s*)([#+-]|\d+(?=[.)]))")
#: In an address these would end it.
_ADDRESS = str.maketrans({"(": "%28", ")": "%29", " ": "%20", "<": "%3C", ">": "%3E"})


def escape(text: object) -> str:
    """Text of others as it is, on one line."""
    shown = wording.visible(" ".join(str(text).split()))
    return _FIRST.sub(_disarmed, _MARKS.sub(r"\\\g<0>", shown))


def code(text: object) -> str:
    """Text of others in a code span."""
    return f"`{wording.visible(str(text)).replace('`', 'ˋ') or ' '}`"


def link(words: str, address: str) -> str:
    """`words` are our own; without a web address they stand alone."""
    return (
        f"[{words}]({address.translate(_ADDRESS)})" if address.startswith(("http://", "https://")) else words
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _disarmed(found: re.Match[str]) -> str:
    before, mark = found.groups()
    # A number loses its meaning by the sign behind it, which is not escaped yet.
    return f"{before}{mark}\u200b" if mark.isdigit() else f"{before}\\{mark}"
