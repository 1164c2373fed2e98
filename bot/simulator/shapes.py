"""Checks of JSON against a shape: each looks at one value and reports what is wrong, and where."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: Told what is wrong, and the JSON pointer of the place.
Report = Callable[[str, str], object]
Check = Callable[[Any, str, Report], None]


def string(most: int, least: int = 1) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str):
            report("must provide a string", path)
        elif len(value) > most:
            report(f"must be less than {most + 1} characters", path)
        elif len(value) < least:
            report(f"must be more than {least - 1} characters", path)

    return check


def flag(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, bool):
        report("must provide a boolean", path)


def number(value: Any, path: str, report: Report) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        report("must provide a number", path)


def choice(*words: str) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if value not in words:
            report(f"must be one of: {', '.join(words)}", path)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, list):
            report("must provide an array", path)
            return
        if len(value) > most:
            report(f"no more than {most} items allowed", path)
        if len(value) < least:
            report(f"no fewer than {least} items required", path)
        for index, one in enumerate(value):
            item(one, f"{path}/{index}", report)

    return check


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others; `type` is checked by whoever chose this shape."""
    known = {"type": _anything, **(optional or {}), **required}

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            report("must provide an object", path)
            return
        for name in required:
            if name not in value:
                report(f"missing required field: {name}", path)
        for name, one in value.items():
            if name in known:
                known[name](one, f"{path}/{name}", report)
            else:
                report(f"invalid additional property: {name}", path)

    return check


def by_type(shapes: Mapping[str, Check]) -> Check:
    """One of several objects, told apart by their `type`."""

    def check(value: Any, path: str, report: Report) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            report("missing required field: type", path)
        elif kind not in shapes:
            report(f"unsupported type: {kind}", path)
        else:
            shapes[kind](value, path, report)

    return check


def both(*checks: Check) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        for one in checks:
            one(value, path, report)

    return check


def needs_one_of(*names: str) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, dict) and not any(name in value for name in names):
            report(f"must provide one of: {', '.join(names)}", path)

    return check


def unique(name: str) -> Check:
    """No two objects of an array may have the same value under this name."""

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, list):
            for index in _repeated([one.get(name) for one in value if isinstance(one, dict)]):
                report(f"{name} already exists", f"{path}/{index}/{name}")

    return check


def problems(check: Check, value: Any, path: str) -> list[str]:
    """Everything that is wrong, in Slack's words."""
    found: list[str] = []
    check(value, path, lambda what, where: found.append(f"{what} [json-pointer:{where}]"))
    return found


def _anything(_value: Any, _path: str, _report: Report) -> None:
    pass


def _repeated(values: Sequence[Any]) -> list[int]:
    return [index for index, value in enumerate(values) if value is not None and value in values[:index]]
