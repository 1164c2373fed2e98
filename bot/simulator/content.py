"""What an app wants to say: text and blocks, within Slack's limits."""

import json
from collections.abc import Mapping
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.limits import TEXT_CHARS, refuse_bad_blocks


def read_content(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`text`, `blocks`, `thread_ts` and `metadata` of a message that is to be posted."""
    content: dict[str, Any] = {"text": read_text(arguments) or ""}
    blocks = read_blocks(arguments)
    if not content["text"].strip() and not blocks:
        raise SlackError("no_text")
    if blocks:
        content["blocks"] = blocks
    if arguments.get("thread_ts"):
        content["thread_ts"] = str(arguments["thread_ts"])
    return content | _metadata(arguments)


def read_update(arguments: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """What a message is changed to: what is left out stays, an empty list takes the blocks away."""
    text, blocks = read_text(arguments), read_blocks(arguments)
    content: dict[str, Any] = {"text": old["text"] if text is None else text}
    if blocks is not None:
        content["blocks"] = blocks
    if not content["text"].strip() and not content.get("blocks", old.get("blocks")):
        raise SlackError("no_text")
    return content | _metadata(arguments)


def read_text(arguments: Mapping[str, Any]) -> str | None:
    text = arguments.get("text")
    if text is not None and len(str(text)) > TEXT_CHARS:
        raise SlackError("msg_too_long")
    return None if text is None else str(text)


def read_blocks(arguments: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """None where there are none; an empty list takes the blocks away."""
    blocks: list[dict[str, Any]] | None = read_json(arguments, "blocks", "invalid_blocks_format")
    if blocks is not None and blocks != []:
        refuse_bad_blocks(blocks)
    return blocks


def read_json(arguments: Mapping[str, Any], name: str, code: str) -> Any:
    """An argument that is JSON: as text in a form, as it is in a JSON body."""
    value = arguments.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise SlackError(code) from None


def _metadata(arguments: Mapping[str, Any]) -> dict[str, Any]:
    metadata = read_json(arguments, "metadata", "invalid_metadata_format")
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    known = {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}
    return {"metadata": known}
