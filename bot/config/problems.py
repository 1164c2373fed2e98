"""What is wrong with a configuration, each with the key's path, the reason and the next move."""

import re
import types
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bot import wording
from bot.errors import SecondkeyError

_OURS = "secondkey"
_EXAMPLE = "docs/secondkey.example.toml"
#: pydantic's words for what is no list and no section would only be read by programmers.
_KINDS = {
    "tuple_type": 'must be a list: ["…"]; in the environment it is written as JSON',
    "dict_type": "must be a section",
    "model_type": "must be a section",
}
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
        return SecondkeyError(f"{path}: missing", _where_it_belongs(location))
    if details["type"] == "enum":
        return SecondkeyError(f"{path}: is not known", _one_of(details))
    return SecondkeyError(f"{path}: {_words(details)}", f"{_EXAMPLE} shows every key with an example")


def _where_it_belongs(location: Sequence[str | int]) -> str:
    if len(location) == 1:
        return f"add a section [{location[0]}]"
    return f"add {location[-1]} to [{key_path(location[:-1])}]"


def _words(details: ErrorDetails) -> str:
    if details["type"] in _KINDS:
        return _KINDS[details["type"]]
    return details["msg"][:1].lower() + details["msg"][1:]


def _one_of(details: ErrorDetails) -> str:
    """What is known there; the nearest where a key was mistyped. A value is never repeated."""
    known = re.findall(r"'([^']*)'", details["ctx"]["expected"])
    return nearest(str(details["loc"][-2]), known) if details["loc"][-1] == "[key]" else _known(known)


def nearest(word: str, known: Sequence[str]) -> str:
    """A hint: the known word that was probably meant, or all of them."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return _known(known)


def _known(words: Sequence[str]) -> str:
    return f"known here: {wording.listed(list(words), 12)}" if words else ""


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
