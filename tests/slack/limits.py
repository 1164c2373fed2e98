"""What Slack refuses in a message or a view, checked on what is about to be sent."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from bot.slack.blocks import Message

Block = dict[str, Any]
#: What Slack would read as a mention of many people, or as markup of its own.
_SPECIAL = re.compile(r"<([^>]*)>")
_OURS = re.compile(
    r"@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^|>]+\|[^>]+|https://[^|>]+\|[^>]+"
)


def check(message: Message) -> Message:
    """The message as it is sent; raises AssertionError where Slack would refuse it or wake people."""
    sent = message.limited()
    assert sent.text.strip(), "a message needs a text for notifications"
    assert len(sent.text) <= 3000
    assert len(sent.blocks) <= 50
    assert sum(map(len, texts(sent.blocks))) <= 10_000
    for block in sent.blocks:
        check_block(block)
    for text in (sent.text, *texts(sent.blocks)):
        check_text(text)
    return sent


def check_block(block: Block) -> None:
    match block:
        case {"type": "header", "text": {"type": "plain_text", "text": text}}:
            assert 0 < len(text) <= 150
        case {"type": "section", "text": {"type": "mrkdwn", "text": text}}:
            assert 0 < len(text) <= 3000
        case {"type": "context", "elements": elements}:
            assert 1 <= len(elements) <= 10
            assert all(0 < len(element["text"]) <= 3000 for element in elements)
        case {"type": "actions", "elements": elements}:
            assert 1 <= len(elements) <= 25
            assert len({element["action_id"] for element in elements}) == len(elements)
            for element in elements:
                assert 0 < len(element["text"]["text"]) <= 75
                assert len(element["value"]) <= 2000
        case {"type": "divider"}:
            pass
        case _:
            raise AssertionError(f"not a block that Secondkey sends: {block}")


def check_text(text: str) -> None:
    """Nothing in it wakes a channel, links, or turns the line around."""
    for special in _SPECIAL.findall(text):
        assert _OURS.fullmatch(special), f"<{special}> is not ours"
    assert not re.search(r"@(channel|here|everyone)", text)
    controls = {character for character in text if unicodedata.category(character) in {"Cc", "Cs"}}
    assert controls <= {"\n"}
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


def texts(blocks: Sequence[Block]) -> Iterator[str]:
    """Every text that stands in these blocks."""
    for block in blocks:
        for value in block.values():
            if isinstance(value, dict):
                yield from texts([value])
            elif isinstance(value, list):
                yield from texts(value)
        if "text" in block and isinstance(block["text"], str):
            yield block["text"]


def readable(message: Message) -> str:
    """The message as lines of text: what a person reads, with the buttons in brackets."""
    return "\n".join([f"({message.text})", *(line for block in message.blocks for line in _lines(block))])


def _lines(block: Block) -> list[str]:
    match block["type"]:
        case "header":
            return [f"# {block['text']['text']}"]
        case "section":
            return [str(block["text"]["text"])]
        case "context":
            return [" | ".join(element["text"] for element in block["elements"])]
        case "actions":
            return [" ".join(f"[{button['text']['text']}]" for button in block["elements"])]
        case kind:
            return [f"-- {kind}"]
