"""What changed between two schemas as `pg_dump --schema-only` writes them, object by object."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice

from bot import wording

#: How much of a difference is shown: lines, and characters of each.
LINES, WIDTH = 200, 400
_OBJECT = re.compile(
    r"^--\n-- Name: (?P<name>.*); Type: (?P<type>.*); Schema: (?P<schema>.*); Owner: .*\n--\n", re.MULTILINE
)
#: Whatever comes before the first object.
_PREAMBLE = "settings"


@dataclass(frozen=True, kw_only=True)
class SchemaDifference:
    """False where nothing changed."""

    #: those that are new, gone or different, as `TABLE public.User`, in the order of the dumps
    objects: tuple[str, ...] = ()
    #: a unified diff, one file an object
    lines: tuple[str, ...] = ()
    #: how many more lines there would be
    left_out: int = 0

    def __bool__(self) -> bool:
        return bool(self.objects)

    @property
    def text(self) -> str:
        """The diff, which says where it was cut."""
        more = [f"… {wording.plural(self.left_out, 'more line')}"] if self.left_out else []
        return "\n".join([*self.lines, *more])


def difference(before: str, after: str, limit: int = LINES) -> SchemaDifference:
    """Of at most so many lines."""
    old, new = _objects(before), _objects(after)
    changed = [name for name in old | new if old.get(name) != new.get(name)]
    lines = (line for name in changed for line in _changes(name, old.get(name, ""), new.get(name, "")))
    shown = tuple(line[:WIDTH] for line in islice(lines, limit))
    return SchemaDifference(objects=tuple(changed), lines=shown, left_out=sum(1 for _ in lines))


def _objects(dump: str) -> dict[str, str]:
    """The statements of each object; those of one name together, as overloaded in comments and grants."""
    heads = list(_OBJECT.finditer(dump))
    cuts = [*(head.start() for head in heads), len(dump)]
    found = {_PREAMBLE: dump[: cuts[0]]}
    for head, end in zip(heads, cuts[1:], strict=True):
        name = _name(head)
        found[name] = found.get(name, "") + dump[head.end() : end].strip("\n") + "\n"
    return found


def _name(head: re.Match[str]) -> str:
    schema = "" if head["schema"] == "-" else f"{head['schema']}."
    return f"{head['type']} {schema}{head['name']}"


def _changes(name: str, before: str, after: str) -> Iterator[str]:
    return unified_diff(
        before.splitlines(),
        after.splitlines(),
        fromfile=name if before else "/dev/null",
        tofile=name if after else "/dev/null",
        lineterm="",
    )
