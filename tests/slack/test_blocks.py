"""What people typed and databases hold, in Slack's blocks: never a mention, never markup, never too long."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.slack import blocks
from bot.slack.blocks import Button, Message
from tests.slack.limits import check, check_text, readable

#: Text as people might type it, with more of what is dangerous than chance would bring.
ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&@!`*_~|#\n\r\t\u202e\u200f\u200b\u2028🙂א"),
        st.sampled_from("chanel"),
    ),
    max_size=400,
)
BUTTON = Button(label="Verify", action="verify_again", value="projectledger")


@given(ANYTHING)
def test_escaped_text_never_becomes_a_mention_a_link_or_a_second_line(text: str) -> None:
    shown = blocks.escape(text)
    check_text(shown)
    assert "<" not in shown
    assert "\n" not in shown
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
    assert not re.search(r"`(?!\u200b)|(?<![^\W_])[*_~](?!\u200b)", shown)


@given(ANYTHING)
def test_a_code_span_ends_where_it_should(text: str) -> None:
    shown = blocks.code(text)
    check_text(shown)
    assert shown.startswith("`")
    assert shown.endswith("`")
    assert shown.count("`") == 2
    assert len(shown) > 2


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=200))
def test_what_slack_escaped_is_read_as_it_was_typed(text: str) -> None:
    sent = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert blocks.unescape(sent) == text


@given(
    st.text(st.sampled_from("abz019._-@/:"), max_size=60).filter(
        lambda text: not re.search(r"(?<![^\W_])_", text)
    )
)
def test_names_in_prose_are_copied_as_they_are(text: str) -> None:
    assert blocks.escape(text) == text


@given(ANYTHING)
def test_what_is_to_be_copied_is_copied_as_it_is(text: str) -> None:
    assert "\u200b" not in blocks.code(text)
    assert "\u200b" not in blocks.columns([(text, text)])


@given(ANYTHING, ANYTHING)
def test_our_own_words_keep_their_code_spans_and_others_get_none(before: str, after: str) -> None:
    around = before.replace("`", ""), after.replace("`", "")
    shown = blocks.prose(f"{around[0]} `GRANT a_b TO c_d` {around[1]}")
    check_text(shown)
    assert "`GRANT a_b TO c_d`" in shown
    assert shown.count("`") == 2


def test_people_see_what_was_typed_in_the_wrong_direction_and_on_many_lines() -> None:
    assert blocks.escape("before\r\nafter") == "before⏎⏎after"
    assert blocks.escape("\u202egnp.exe") == "gnp.exe"
    assert blocks.escape("a & b <!channel>") == "a &amp; b &lt;!channel&gt;"
    assert blocks.escape("@channel wake up") == "@\u200bchannel wake up"
    assert blocks.escape("עברית 🙂 👩\u200d💻") == "עברית 🙂 👩\u200d💻"
    assert blocks.code("`rm`") == "`ˋrmˋ`"


@given(st.lists(st.tuples(ANYTHING, ANYTHING), min_size=1, max_size=8))
def test_columns_stay_one_block_whatever_the_names_are(rows: list[tuple[str, str]]) -> None:
    shown = blocks.columns(rows)
    check_text(shown)
    assert shown.count("`") == 6
    assert len(shown.split("\n")) == len(rows)


def test_figures_stand_below_each_other() -> None:
    assert blocks.columns([("User", "1,204 → 0"), ("Organization", "3 → 1")]) == (
        "```User          1,204 → 0\nOrganization      3 → 1```"
    )
    assert blocks.columns([("User", "1,204 → gone"), ("Plan", "3 → 0")]) == (
        "```User  1,204 → gone\nPlan      3 → 0```"
    )
    assert blocks.columns([("User", "1,204"), ("Plan", "3")]) == "```User  1,204\nPlan      3```"


@given(
    st.lists(st.one_of(ANYTHING.map(blocks.escape), st.just("x" * 4000)), min_size=1, max_size=70),
    st.booleans(),
)
def test_a_message_is_never_too_long_and_keeps_its_buttons(lines: list[str], asks: bool) -> None:
    found = tuple(blocks.section(line or "-") for line in lines)
    message = Message(text="much", blocks=(*found, blocks.actions(BUTTON)) if asks else found)
    sent = check(message)
    assert (sent.blocks[-1]["type"] == "actions") is asks
    assert (sent.blocks != message.blocks) is ("left out" in readable(sent))


def test_a_message_that_fits_is_sent_as_it_is() -> None:
    message = Message(
        text="all", blocks=(blocks.header("Title"), blocks.section("a", "b"), blocks.actions(BUTTON))
    )
    assert message.limited() == message


def test_long_texts_are_cut_and_say_so() -> None:
    assert blocks.header("x" * 200)["text"]["text"] == "x" * 149 + "…"
    assert blocks.section("x" * 4000)["text"]["text"].endswith("x…")
    assert len(blocks.context(*["line"] * 20)["elements"]) == 10
    button = blocks.actions(Button(label="y" * 90, action="a", value="z" * 3000, confirm="sure?" * 100))
    check(Message(text="ask", blocks=(button,)))
    assert len(button["elements"][0]["confirm"]["text"]["text"]) == 300


def test_a_time_is_shown_in_the_readers_own_zone_with_utc_beside_it() -> None:
    at = datetime(2025, 10, 8, 19, 12, tzinfo=UTC)
    assert blocks.date(at) == "<!date^1759950720^{date_short_pretty} {time}|2025-10-08 19:12 UTC>"
    check_text(blocks.date(at))


def test_a_terminal_shows_signs_of_others_and_no_markup() -> None:
    statement = blocks.escape('SELECT *, "total" * 100, a*b FROM `t`')
    shown = blocks.plain(f"*Recovery* {statement} and {blocks.code('count(*) * 2 * 3')}")
    assert shown == ['Recovery SELECT *, "total" * 100, a*b FROM `t` and count(*) * 2 * 3']


def test_the_words_of_a_notification_call_nobody() -> None:
    text = "ledger lost <!channel>, <!subteam^S1|dba> and @here; <#C1> and <@U1> stay"
    sent = blocks.Message(text=text).limited()
    assert sent.text == (
        "ledger lost &lt;!channel>, &lt;!subteam^S1|dba> and @\u200bhere; <#C1> and <@U1> stay"
    )
