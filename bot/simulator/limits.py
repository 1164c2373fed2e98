"""Slack's limits on blocks and views, and what each block must have; an unknown block is refused."""

from collections.abc import Iterator
from typing import Any

from bot.simulator.errors import SlackError, invalid
from bot.simulator.shapes import (
    Check,
    array,
    both,
    by_type,
    choice,
    fields,
    flag,
    needs_one_of,
    number,
    problems,
    string,
    unique,
)

#: The characters of a message's blocks, all strings taken together.
MESSAGE_CHARS = 10_000
#: The characters of a message's plain text.
TEXT_CHARS = 40_000


def _text(most: int, *kinds: str) -> Check:
    plain = fields({"text": string(most)}, {"emoji": flag})
    marked = fields({"text": string(most)}, {"verbatim": flag})
    shapes = {"plain_text": plain, "mrkdwn": marked}
    return by_type({kind: shapes[kind] for kind in kinds or shapes})


def _plain(most: int) -> Check:
    return _text(most, "plain_text")


_CONFIRM = fields(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": choice("primary", "danger")},
)
_OPTION = fields({"text": _text(75), "value": string(150)}, {"description": _text(75), "url": string(3000)})
_ACTION = {"action_id": string(255), "confirm": _CONFIRM, "focus_on_load": flag}
_BUTTON = fields(
    {"text": _plain(75)},
    {
        "action_id": string(255),
        "confirm": _CONFIRM,
        "url": string(3000),
        "value": string(2000),
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    },
)
_GROUP = fields({"label": _plain(75), "options": array(_OPTION, 100)})
_SELECT = both(
    fields(
        {},
        {
            **_ACTION,
            "placeholder": _plain(150),
            "options": array(_OPTION, 100),
            "option_groups": array(_GROUP, 100),
            "initial_option": _OPTION,
        },
    ),
    needs_one_of("options", "option_groups"),
)
_OVERFLOW = fields({"options": array(_OPTION, 5)}, {"action_id": string(255), "confirm": _CONFIRM})
_CHECKBOXES = fields({"options": array(_OPTION, 10)}, {**_ACTION, "initial_options": array(_OPTION, 10)})
_RADIO = fields({"options": array(_OPTION, 10)}, {**_ACTION, "initial_option": _OPTION})
_IMAGE = fields({"image_url": string(3000), "alt_text": string(2000)})
_INPUT_TEXT = fields(
    {},
    {
        "action_id": string(255),
        "placeholder": _plain(150),
        "initial_value": string(3000),
        "multiline": flag,
        "min_length": number,
        "max_length": number,
        "focus_on_load": flag,
    },
)
_USABLE = {
    "button": _BUTTON,
    "static_select": _SELECT,
    "overflow": _OVERFLOW,
    "checkboxes": _CHECKBOXES,
    "radio_buttons": _RADIO,
}
_HOLDING = {
    "plain_text_input": _INPUT_TEXT,
    "static_select": _SELECT,
    "checkboxes": _CHECKBOXES,
    "radio_buttons": _RADIO,
}

_STYLE = fields({}, {"bold": flag, "italic": flag, "strike": flag, "code": flag})
_RICH_PIECE = by_type(
    {
        "text": fields({"text": string(4000)}, {"style": _STYLE}),
        "link": fields({"url": string(3000)}, {"text": string(4000), "style": _STYLE}),
        "emoji": fields({"name": string(100)}, {"unicode": string(100), "style": _STYLE}),
        "user": fields({"user_id": string(50)}, {"style": _STYLE}),
        "channel": fields({"channel_id": string(50)}, {"style": _STYLE}),
        "usergroup": fields({"usergroup_id": string(50)}, {"style": _STYLE}),
        "broadcast": fields({"range": choice("here", "channel", "everyone")}, {"style": _STYLE}),
        "date": fields(
            {"timestamp": number, "format": string(300)}, {"url": string(3000), "fallback": string(300)}
        ),
        "color": fields({"value": string(20)}),
    }
)
_PIECES = array(_RICH_PIECE, 1000, least=0)
_SECTION = fields({"elements": _PIECES})
_RICH_PART = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_quote": fields({"elements": _PIECES}, {"border": number}),
        "rich_text_preformatted": fields({"elements": _PIECES}, {"border": number}),
        "rich_text_list": fields(
            {"style": choice("bullet", "ordered"), "elements": array(_SECTION, 1000)},
            {"indent": number, "offset": number, "border": number},
        ),
    }
)
_RICH_TEXT = {"elements": array(_RICH_PART, 1000)}
_CELL = by_type(
    {
        "raw_text": fields({"text": string(3000)}),
        "raw_number": fields({"value": number}, {"text": string(100)}),
        "rich_text": fields(_RICH_TEXT, {"block_id": string(255)}),
    }
)
_COLUMN = fields({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})
_ID: dict[str, Check] = {"block_id": string(255)}
_BLOCK = by_type(
    {
        "header": fields({"text": _plain(150)}, _ID),
        "divider": fields({}, _ID),
        "section": both(
            fields(
                {},
                {
                    **_ID,
                    "text": _text(3000),
                    "fields": array(_text(2000), 10),
                    "accessory": by_type({**_USABLE, "image": _IMAGE}),
                    "expand": flag,
                },
            ),
            needs_one_of("text", "fields"),
        ),
        "context": fields(
            {
                "elements": array(
                    by_type({"image": _IMAGE, "plain_text": _text(3000), "mrkdwn": _text(3000)}),
                    10,
                )
            },
            _ID,
        ),
        "actions": fields({"elements": both(array(by_type(_USABLE), 25), unique("action_id"))}, _ID),
        "image": fields(
            {"image_url": string(3000), "alt_text": string(2000)}, {**_ID, "title": _plain(2000)}
        ),
        "input": fields(
            {"label": _plain(2000), "element": by_type(_HOLDING)},
            {**_ID, "hint": _plain(2000), "optional": flag, "dispatch_action": flag},
        ),
        "rich_text": fields(_RICH_TEXT, _ID),
        "table": fields(
            {"rows": array(array(_CELL, 20), 100)}, {**_ID, "column_settings": array(_COLUMN, 20)}
        ),
    }
)


def _blocks(most: int, least: int = 0) -> Check:
    return both(array(_BLOCK, most, least), unique("block_id"))


_MESSAGE = _blocks(50)
_VIEW = {
    "blocks": _blocks(100),
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_VIEWS = {
    "home": fields({"blocks": _VIEW["blocks"]}, _VIEW),
    "modal": fields(
        {"title": _plain(24), "blocks": _VIEW["blocks"]},
        {
            **_VIEW,
            "submit": _plain(24),
            "close": _plain(24),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        },
    ),
}


def refuse_bad_blocks(blocks: Any) -> None:
    """Raises `invalid_blocks` with all reasons, or `msg_blocks_too_long`."""
    found = problems(_MESSAGE, blocks, "/blocks")
    if not found and sum(block["type"] == "table" for block in blocks) > 1:
        found = ["only one table allowed [json-pointer:/blocks]"]
    if found:
        raise invalid("invalid_blocks", found)
    if sum(map(len, _strings(blocks))) > MESSAGE_CHARS:
        raise SlackError("msg_blocks_too_long")


def refuse_bad_view(view: Any, *kinds: str) -> None:
    """Raises `invalid_arguments` with all reasons."""
    found = problems(by_type({kind: _VIEWS[kind] for kind in kinds}), view, "/view")
    if not found and view["type"] == "modal" and "submit" not in view:
        found = [
            "a modal with input blocks needs submit [json-pointer:/view/submit]"
            for block in view["blocks"]
            if block["type"] == "input"
        ][:1]
    if found:
        raise invalid("invalid_arguments", found)


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for one in part.values():
            yield from _strings(one)
    elif isinstance(part, list):
        for one in part:
            yield from _strings(one)
