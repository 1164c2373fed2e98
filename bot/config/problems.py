"""What is wrong with a configuration, each with the key's path, the reason and the next move."""

import re
import types
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.errors import SecondkeyError

_OURS = "secondkey"
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def problem(reason: str, hint: str = "") -> PydanticCustomError:
    """What a validator raises: a reason that follows the key's path, and a hint."""
    return PydanticCustomError(_OURS, "{reason}", {"reason": reason, "hint": hint})


def key_path(location: Iterable[str | int]) -> str:
    """A key as it stands in the file: `databases.projectledger.expect."public.User".min`."""
    return ".".join(
        part if _BARE_KEY.fullmatch(part) else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for part in map(str, location)
    )


def explain(error: ValidationError, model: type[BaseModel]) -> list[SecondkeyError]:
    """Every fault that pydantic found in the model's data, in our words; no value is repeated."""
    return [_explain(details, model) for details in error.errors(include_url=False, include_input=False)]


def _explain(details: ErrorDetails, model: type[BaseModel]) -> SecondkeyError:
    location = [part for part in details["loc"] if part != "[key]"]
    path = key_path(location)
    if details["type"] == _OURS:
        return SecondkeyError(f"{path}: {details['ctx']['reason']}", details["ctx"]["hint"])
    if details["type"] == "extra_forbidden":
        known = _keys(model, location[:-1])
        return SecondkeyError(f"{path}: unknown key", nearest(str(location[-1]), known))
    if details["type"] == "missing":
        return SecondkeyError(f"{path}: missing", f"add {location[-1]} to [{key_path(location[:-1])}]")
    reason = details["msg"][:1].lower() + details["msg"][1:]
    return SecondkeyError(f"{path}: {reason}", "docs/secondkey.example.toml shows every key with an example")


def nearest(word: str, known: Sequence[str]) -> str:
    """A hint: the known word that was probably meant, or all of them."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(known)}" if known else ""


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that the configuration has at this place."""
    place: Any = model
    for part in location:
        place = _inside(place, part)
    return list(place.model_fields) if isinstance(place, type) and issubclass(place, BaseModel) else []


def _inside(place: Any, part: str | int) -> Any:
    """The type under one key of a model or of a table of models."""
    if isinstance(place, type) and issubclass(place, BaseModel):
        field = place.model_fields.get(str(part))
        return _unwrap(field.annotation) if field else None
    arguments = get_args(place)
    return _unwrap(arguments[-1]) if arguments else None


def _unwrap(annotation: Any) -> Any:
    """What is left of an optional type without its None."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation
