"""Slack's limits on blocks and views, each at its edge."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.errors import SlackError
from bot.simulator.limits import refuse_bad_blocks, refuse_bad_view

Block = dict[str, Any]


def plain(length: int = 3) -> Block:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 3) -> Block:
    return {"type": "mrkdwn", "text": "x" * length}


def button(**more: Any) -> Block:
    return {"type": "button", "text": plain(), "action_id": "go", **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def section(length: int = 3, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(length), **more}


def table(rows: int, columns: int) -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def confirm(**more: Any) -> Block:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain(), **more}


ALLOWED: dict[str, list[Block]] = {
    "50 blocks": [section()] * 50,
    "a section of 3,000": [section(3000)],
    "10 fields, the longest of 2,000": [
        {"type": "section", "fields": [mrkdwn(2000), *[mrkdwn()] * 9]},
    ],
    "a header of 150": [{"type": "header", "text": plain(150)}],
    "a button of 75 with a value of 2,000": [actions(button(text=plain(75), value="v" * 2000))],
    "a button that asks first": [actions(button(confirm=confirm(), style="danger"))],
    "25 buttons": [actions(*(button(action_id=f"go {n}") for n in range(25)))],
    "10 in a context": [{"type": "context", "elements": [mrkdwn()] * 10}],
    "a table of 100 rows and 20 columns": [table(100, 4)],
    "a wide table": [table(3, 20)],
    "the same action in two blocks": [actions(button()), actions(button())],
    "a divider": [{"type": "divider"}],
    "an image": [{"type": "image", "image_url": "https://example.com/x.png", "alt_text": "x"}],
    "rich text": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "text", "text": "x", "style": {"bold": True}}],
                }
            ],
        }
    ],
    "a select": [
        section(
            accessory={
                "type": "static_select",
                "action_id": "s",
                "options": [{"text": plain(), "value": "v"}],
            }
        )
    ],
}
REFUSED: dict[str, tuple[list[Block], str]] = {
    "51 blocks": ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "a section of 3,001": (
        [section(3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "an empty section": ([{"type": "section"}], "must provide one of: text, fields"),
    "an empty text": ([section(0)], "must be more than 0 characters"),
    "11 fields": ([{"type": "section", "fields": [mrkdwn()] * 11}], "no more than 10 items"),
    "a field of 2,001": ([{"type": "section", "fields": [mrkdwn(2001)]}], "less than 2001"),
    "a header of 151": ([{"type": "header", "text": plain(151)}], "less than 151"),
    "a header with markup": ([{"type": "header", "text": mrkdwn()}], "unsupported type: mrkdwn"),
    "a button of 76": ([actions(button(text=plain(76)))], "less than 76"),
    "a value of 2,001": ([actions(button(value="v" * 2001))], "less than 2001"),
    "a button of a strange style": ([actions(button(style="green"))], "primary, danger"),
    "a button without text": ([actions({"type": "button"})], "missing required field: text"),
    "a confirmation without title": (
        [actions(button(confirm={"text": mrkdwn(), "confirm": plain(), "deny": plain()}))],
        "missing required field: title",
    ),
    "a confirmation of 301": ([actions(button(confirm=confirm(text=mrkdwn(301))))], "less than 301"),
    "the same action twice in a block": ([actions(button(), button())], "action_id already exists"),
    "the same block id twice": ([section(block_id="b"), section(block_id="b")], "block_id already exists"),
    "11 in a context": ([{"type": "context", "elements": [mrkdwn()] * 11}], "no more than 10"),
    "101 rows": ([table(101, 2)], "no more than 100"),
    "21 columns": ([table(2, 21)], "no more than 20"),
    "two tables": ([table(2, 2), table(2, 2)], "only one table"),
    "an unknown block": ([{"type": "carousel"}], "unsupported type: carousel"),
    "an unknown key": ([section(colour="red")], "invalid additional property: colour"),
    "no type": ([{"text": plain()}], "missing required field: type"),
    "no list": ([["section"]], "missing required field: type"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("blocks", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_slack_allows_is_taken(blocks: list[Block]) -> None:
    refuse_bad_blocks(blocks)


@pytest.mark.parametrize(("blocks", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_slack_refuses_is_refused_with_the_place(blocks: list[Block], reason: str) -> None:
    with pytest.raises(SlackError) as refusal:
        refuse_bad_blocks(blocks)
    assert refusal.value.code == "invalid_blocks"
    assert any(reason in message for message in refusal.value.details["response_metadata"]["messages"])


def test_blocks_that_are_too_long_together_are_refused() -> None:
    refuse_bad_blocks([section(3000)] * 3)
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        refuse_bad_blocks([section(2600)] * 4)


def test_a_modal_with_inputs_needs_submit_and_a_short_title() -> None:
    asked = {"type": "input", "label": plain(), "element": {"type": "plain_text_input"}}
    modal = {"type": "modal", "title": plain(24), "submit": plain(24), "blocks": [asked]}
    refuse_bad_view(modal, "modal")
    for bad in ({**modal, "title": plain(25)}, {key: modal[key] for key in modal if key != "submit"}):
        with pytest.raises(SlackError, match="invalid_arguments"):
            refuse_bad_view(bad, "modal")
    with pytest.raises(SlackError, match="invalid_arguments"):
        refuse_bad_view({"type": "home", "blocks": []}, "modal")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.sampled_from(["section", "actions"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "text", "elements", "fields", "rows", "block_id"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_taken_or_refused_and_never_a_fault(blocks: Any) -> None:
    try:
        refuse_bad_blocks(blocks)
    except SlackError as refusal:
        told = refusal.details["response_metadata"]["messages"]
    else:
        told = []
    if not told:
        assert isinstance(blocks, list)
