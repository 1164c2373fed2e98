"""What a person uses or fills in, as Slack tells it to the app."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.simulator.errors import ScriptError
from bot.simulator.messages import interactive

Block = dict[str, Any]
Element = dict[str, Any]


def chosen(blocks: Sequence[Block], wanted: Mapping[str, Any]) -> tuple[Block, dict[str, Any]]:
    """The block, and the action that Slack would send for it; refuses what is not there.

    `wanted`: action_id, and block_id and value where several have that one. Without a value it is the
    element's own.
    """
    action_id, value = wanted.get("action_id"), wanted.get("value")
    usable = [
        (block, element) for block, element in interactive(list(blocks)) if element["action_id"] == action_id
    ]
    found = [
        (block, element)
        for block, element in usable
        if wanted.get("block_id") in (None, block["block_id"]) and _fits(element, value)
    ]
    if not found:
        there = [element["action_id"] for _, element in interactive(list(blocks))]
        what = "with this value or in this block" if usable else "here"
        raise ScriptError(404, f"there is no {action_id!r} {what}", _offers(there))
    block, element = found[0]
    return block, _action(block, element, value)


def collected(blocks: Sequence[Block], values: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a form filled with block id → action id → value; refuses what Slack would not send."""
    inputs = [block for block in blocks if block["type"] == "input"]
    known = [block["block_id"] for block in inputs]
    if unknown := [name for name in values if name not in known]:
        raise ScriptError(404, f"there is no input {unknown[0]!r} in this view", _offers(known))
    given = {block["block_id"]: _given(block, values) for block in inputs}
    errors = {block["block_id"]: _problem(block, given[block["block_id"]]) for block in inputs}
    errors = {name: problem for name, problem in errors.items() if problem}
    if errors:
        raise ScriptError(422, "the form is not complete", "; ".join(errors.values()), errors=errors)
    return {block["block_id"]: _state_of(block["element"], given[block["block_id"]]) for block in inputs}


def _state_of(element: Element, value: Any) -> dict[str, Any]:
    """What Slack keeps of an element in `state.values`, under its action id."""
    return {element["action_id"]: {"type": element["type"], **_held(element, value)}}


def _given(block: Block, values: Mapping[str, Any]) -> Any:
    """What was filled in; what was not touched keeps its initial value."""
    element, by_action = block["element"], values.get(block["block_id"], {})
    if not isinstance(by_action, Mapping):
        raise ScriptError(400, "values are block id → action id → value", f"{block['block_id']!r} is not")
    if unknown := [name for name in by_action if name != element["action_id"]]:
        raise ScriptError(404, f"there is no {unknown[0]!r} in this block", _offers([element["action_id"]]))
    if element["action_id"] in by_action:
        return by_action[element["action_id"]]
    if element["type"] == "checkboxes":
        return [option["value"] for option in element.get("initial_options", ())]
    return element.get("initial_value", element.get("initial_option", {}).get("value"))


def _problem(block: Block, given: Any) -> str:
    """Why Slack's own form would not be sent; empty where it would."""
    element = block["element"]
    if given in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    if element["type"] != "plain_text_input":
        return "" if _fits(element, given) else f"there is no choice {given!r}"
    if not isinstance(given, str):
        return "this is text"
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    return "" if least <= len(given) <= most else f"must have {least} to {most} characters"


def _fits(element: Element, value: Any) -> bool:
    """Whether a person could choose this value; a button is tapped with its own or without any."""
    if element["type"] == "button":
        return value is None or value == element.get("value", "")
    known = [option["value"] for option in _options(element)]
    if element["type"] == "checkboxes":
        return isinstance(value, list) and all(one in known for one in value)
    return value in known


def _action(block: Block, element: Element, value: Any) -> dict[str, Any]:
    common: dict[str, Any] = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
    }
    if element["type"] == "button":
        return common | {name: element[name] for name in ("text", "value", "style") if name in element}
    return common | _held(element, value)


def _held(element: Element, value: Any) -> dict[str, Any]:
    """A value as Slack keeps it for this type of element."""
    match element["type"]:
        case "plain_text_input":
            return {"value": None if value in (None, "") else str(value)}
        case "checkboxes":
            return {"selected_options": [one for one in _options(element) if one["value"] in (value or [])]}
        case _:
            selected = [one for one in _options(element) if one["value"] == value]
            return {"selected_option": selected[0] if selected else None}


def _options(element: Element) -> list[dict[str, Any]]:
    groups = [option for group in element.get("option_groups", ()) for option in group["options"]]
    return [*element.get("options", ()), *groups]


def _offers(names: Sequence[str]) -> str:
    return f"there are: {', '.join(sorted(names))}" if names else "there are none"
