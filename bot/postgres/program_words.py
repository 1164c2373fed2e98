"""What PostgreSQL's programs say on standard error, without the rows that their errors quote."""

import re

#: How long a program's words may be in a message of ours.
_LONGEST = 300
#: A value that the server could not take: `invalid input syntax for type integer: "jo@example.org"`,
#: `value "4111111111" is out of range for type integer`.
_QUOTED_VALUE = re.compile(r'(: )".*|(\bvalue )"[^"]*"')


def from_the_error(stderr: str, program: str) -> str:
    """From the program's first error on: with `--verbose` much is said before it."""
    _, found, said = f"\n{stderr}".partition(f"\n{program}: error: ")
    return said if found else stderr


def without_rows(error: str, program: str) -> str:
    """The first line of each error: what follows as DETAIL, CONTEXT, QUERY or command may hold rows."""
    first, *rest = error.split("\n")
    marks = (f"{program}: error: ", f"{program}: detail: Error message from server: ")
    return "\n".join((first, *(line for line in rest if line.startswith(marks))))


def for_people(error: str, program: str, code: int) -> str:
    """The error in one short line without anything of a row, or else the exit code."""
    lines = without_rows(error, program).split("\n")
    words = " ".join(_QUOTED_VALUE.sub(r'\1\2"…"', line) for line in lines)
    return " ".join(words.split())[:_LONGEST] or f"exit code {code}"
