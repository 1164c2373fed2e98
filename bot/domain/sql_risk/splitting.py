"""Statements by PostgreSQL's lexical rules (src/backend/parser/scan.l), with the lines they begin in.

Every semicolon outside of strings, names and comments ends a statement: also within parentheses and in the
body of a BEGIN ATOMIC function. So two statements are never taken for one, and nothing hides in another.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

_EXTENDED = r"'(?:[^'\\]|\\.|'')*+'"
#: A string goes on behind white space with a line break, and keeps its kind of escapes.
_BREAK = r"(?:[ \t\f\v]|--[^\r\n]*)*+[\r\n](?:\s|--[^\r\n]*[\r\n])*+"
_LETTER = "A-Za-z_\x80-\U0010ffff"
_TOKEN = re.compile(
    rf"""
      (?P<run>       (?:[A-Za-z0-9_.,()=]++[ ])++ )
    | (?P<blank>     (?: [ \t\r\n\f\v]++ | --[^\r\n]*+ )++ )
    | (?P<comment>   /\* )
    | (?P<name>      "(?:[^"]|"")*+" )
    | (?P<string>    '(?:[^']|'')*+'
                   | [eE]{_EXTENDED}(?:{_BREAK}{_EXTENDED})*+
                   | [nNbBxX]'(?:[^']|'')*+'
                   | [uU]&'(?:[^']|'')*+'
                   | \$(?P<tag>(?:[{_LETTER}][{_LETTER}0-9]*+)?)\$.*?\$(?P=tag)\$ )
    | (?P<word>      [{_LETTER}][{_LETTER}0-9$]*+
                   | [0-9]++(?:\.[0-9]*+)?+(?:[eE][+-]?[0-9]++)?+ )
    | (?P<end>       ; )
    | (?P<command>   \\[^\r\n]*+ )
    | (?P<other>     \$(?:[{_LETTER}][{_LETTER}0-9]*+)?\$.* | [,()=:]++ | . )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LINE_END = re.compile(r"\r\n?|\n")
#: White space to Python and to the parser, a letter to PostgreSQL.
_FOREIGN_BLANK = re.compile(r"[^\S\x00-\x7f]")
_COPY_IN = re.compile(r"COPY\b.*\bFROM STDIN\b", re.IGNORECASE | re.ASCII)
_COPY_END = re.compile(r"^\\\.[ \t]*$\r?\n?", re.MULTILINE)
#: Tokens that need a blank between them.
_APART = frozenset({"word", "name", "string"})


@dataclass(frozen=True, kw_only=True)
class Statement:
    #: of its first word; counted from 1
    line: int
    #: without comments; single blanks; every string is empty
    code: str


def statements(sql: str) -> Iterator[Statement]:
    """The statements in their order, and the commands of psql; comments alone are none."""
    open_ = _Open()
    line = counted = 0
    position = 1 if sql.startswith("\ufeff") else 0
    while position < len(sql):
        kind, end = _token(sql, position)
        if kind not in ("blank", "end"):
            line += len(_LINE_END.findall(sql, counted, position))
            counted = position
        if kind in ("end", "command"):
            for closed in open_.closed():
                yield closed
                if kind == "end" and _COPY_IN.match(closed.code):
                    end = yield from _behind_data(sql, end, closed.line)
        if kind == "command":
            yield Statement(line=line + 1, code=sql[position:end].rstrip())
        elif kind != "end":
            open_.add(kind, sql[position:end], line + 1)
        position = end
    yield from open_.closed()


@dataclass
class _Open:
    """The statement that is being read."""

    line: int = 0
    pieces: list[str] = field(default_factory=list)
    before: str = ""

    def add(self, kind: str, token: str, line: int) -> None:
        if kind == "run":
            # Most of a script: tokens of which each begins and ends before a blank.
            self.add("other" if token[0] in ".,()=" else "word", token[:-1], line)
            kind = "blank"
        elif kind != "blank":
            if not self.pieces:
                self.line = line
            elif self.before == "blank" or (self.before in _APART and kind in _APART):
                self.pieces.append(" ")
            self.pieces.append(_code(kind, token))
        self.before = kind

    def closed(self) -> Iterator[Statement]:
        if self.pieces:
            yield Statement(line=self.line, code="".join(self.pieces))
            self.pieces = []


def _token(sql: str, position: int) -> tuple[str, int]:
    """The kind of what stands there, and where it ends."""
    found = next(_TOKEN.finditer(sql, position))
    kind, end = str(found.lastgroup), found.end()
    if kind != "comment":
        return kind, end
    behind = _comment_end(sql, end)
    return ("blank", behind) if behind else ("other", len(sql))


def _comment_end(sql: str, position: int) -> int:
    """Behind a comment, with those inside it; 0 where it has no end."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return 0


def _behind_data(sql: str, position: int, line: int) -> Generator[Statement, None, int]:
    """Behind the lines that COPY reads from the script itself: no SQL, whatever they hold.

    What else stands on COPY's own line is told as a command that nobody understands.
    """
    begin = _LINE_END.search(sql, position)
    data = begin.end() if begin else len(sql)
    if rest := sql[position:data].strip():
        yield Statement(line=line, code=f"\\{rest}")
    end = _COPY_END.search(sql, data)
    return end.end() if end else len(sql)


def _code(kind: str, token: str) -> str:
    """A token in the one spelling that rules and parser read as PostgreSQL does."""
    if kind == "string":
        return "''"
    return _FOREIGN_BLANK.sub("_", token) if kind == "word" else token
