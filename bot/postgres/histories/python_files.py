"""Migrations that are Python files: read as text, never executed."""

import ast
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from bot.postgres.histories.reader import UnfitFolder


def parsed(file: Path) -> ast.Module:
    """The file's syntax tree; raises `UnfitFolder` where it is no Python, and `OSError`."""
    try:
        return ast.parse(file.read_bytes(), filename=file.name)
    except (SyntaxError, ValueError) as error:
        raise UnfitFolder(
            f"{file.name} is no Python that can be read: {error}", "bring back the file as it was released"
        ) from error


def assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """What the statements assign to plain names, annotated or not; the last one counts."""
    found: dict[str, ast.expr] = {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case _:
                continue
    return found


def strings(value: ast.expr | None) -> tuple[str, ...] | None:
    """One string or a list of them; nothing for None; None where it is computed, and so not known."""
    match value:
        case None | ast.Constant(value=None):
            return ()
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            texts = tuple(each.value for each in elements if isinstance(each, ast.Constant))
            words = tuple(text for text in texts if isinstance(text, str))
            return words if len(words) == len(elements) else None
        case _:
            return None


def recognised(files: Iterator[Path], is_migration: Callable[[ast.Module], bool]) -> bool:
    """Whether any of the files is a migration; what cannot be read is none."""
    for file in files:
        try:
            if is_migration(parsed(file)):
                return True
        except (UnfitFolder, OSError):
            continue
    return False


def in_order(after: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Each name behind all that must come before it; raises `UnfitFolder` where they are a circle."""
    names = sorted(after)
    try:
        ordered = TopologicalSorter({name: sorted(after[name]) for name in names}).static_order()
        return tuple(name for name in ordered if name in after)
    except CycleError as circle:
        raise UnfitFolder(
            f"these follow each other in a circle: {', '.join(circle.args[1])}",
            "bring back the files as they were released",
        ) from circle
