"""Statements by PostgreSQL's lexical rules (src/backend/parser/scan.l), with the lines they begin in.

Every semicolon outside of strings, names and comments ends a statement: also within parentheses and in the
body of a BEGIN ATOMIC function. So two statements are never taken for one, and nothing hides in another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_EXTENDED = r"'(?:[^'\\]|\\.|'')*+'"
#: A string goes on behind white space with a line break, and keeps its kind of escapes.
_BREAK = r"(?:[ \t\f\v]|--[^\r\n]*)*+[\r\n](?:\s|--[^\r\n]*[\r\n])*+"
_LETTER = "A-Za-z_\x80-\U0010ffff"
_TOKEN = re.compile(
    rf"""
      (?P<blank>     [ \t\r\n\f\v]++ | --[^\r\n]*+ )
    | (?P<comment>   /\* )
    | (?P<quoted>    "(?:[^"]|"")*+" )
    | (?P<string>    '(?:[^']|'')*+' )
    | (?P<special>   [eE]{_EXTENDED}(?:{_BREAK}{_EXTENDED})*+
                   | (?:[uU]&|[nNbBxX])'(?:[^']|'')*+'
                   | \$(?P<tag>(?:[{_LETTER}][{_LETTER}0-9]*+)?)\$.*?\$(?P=tag)\$ )
    | (?P<word>      [{_LETTER}][{_LETTER}0-9$]*+ )
    | (?P<end>       ; )
    | (?P<command>   \\[^\r\n]*+ )
    | (?P<other>     [0-9.,()=:]++ | . )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LINE_END = re.compile(r"\r\n?|\n")
#: White space to Python and to the parser, a letter to PostgreSQL.
_FOREIGN_BLANK = re.compile(r"[^\S\x00-\x7f]")


@dataclass(frozen=True, kw_only=True)
class Statement:
    #: of its first word; counted from 1
    line: int
    #: without comments; single blanks; strings that escape or quote in a special way are empty
    code: str

    @property
    def psql(self) -> bool:
        """A command of psql, which no server understands."""
        return self.code.startswith("\\")


def statements(sql: str) -> Iterator[Statement]:
    """The statements in their order; comments alone are none."""
    open_ = _Open()
    line = position = 0
    for begin, end, kind in _tokens(sql):
        if kind in ("end", "command"):
            yield from open_.closed()
        if kind == "blank":
            open_.blank()
        elif kind != "end":
            line += len(_LINE_END.findall(sql, position, begin))
            position = begin
            open_.add(_code(sql[begin:end], kind), line + 1)
        if kind == "command":
            yield from open_.closed()
    yield from open_.closed()


@dataclass
class _Open:
    """The statement that is being read."""

    line: int = 0
    pieces: list[str] = field(default_factory=list)

    def add(self, piece: str, line: int) -> None:
        self.line = self.line if self.pieces else line
        self.pieces.append(piece)

    def blank(self) -> None:
        if self.pieces and self.pieces[-1] != " ":
            self.pieces.append(" ")

    def closed(self) -> Iterator[Statement]:
        if self.pieces:
            yield Statement(line=self.line, code="".join(self.pieces).rstrip(" "))
            self.pieces = []


def _tokens(sql: str) -> Iterator[tuple[int, int, str]]:
    position = 0
    while found := _TOKEN.match(sql, position):
        kind, position = str(found.lastgroup), found.end()
        if kind == "comment":
            position = _comment_end(sql, position)
            kind = "blank" if position else "other"
            position = position or len(sql)
        yield found.start(), position, kind


def _comment_end(sql: str, position: int) -> int:
    """Behind a comment, with those inside it; 0 where it has no end."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return 0


def _code(text: str, kind: str) -> str:
    """A token for the rules and the parser, in the one spelling that both read as PostgreSQL does."""
    if kind == "special" or (kind == "string" and "\\" in text):
        return "''"
    return _FOREIGN_BLANK.sub("_", text) if kind == "word" else text
