"""Commands in messages are named as this workspace has them."""

from hypothesis import given

from bot.slack.blocks import Button, Message, actions, code, context, escape, section
from bot.slack.commands import with_prefix
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING


def test_every_command_that_a_message_names_gets_the_prefix() -> None:
    message = Message(
        text="`/backup list` first",
        blocks=(
            section("→ `/backup emergency` keeps it; `/verify`"),
            context("`/secondkey backup …` does the same"),
            actions(Button(label="Verify", action="verify_again", value="projectledger")),
        ),
    )
    assert readable(with_prefix(message, "sk-")) == (
        "(`/sk-backup list` first)\n"
        "→ `/sk-backup emergency` keeps it; `/sk-verify`\n"
        "`/secondkey backup …` does the same\n"
        "[Verify]"
    )
    assert with_prefix(message, "") == message


def test_a_folder_is_no_command() -> None:
    message = Message(text="-", blocks=(section("`/backup/projectledger`, `/verify.sh`, /backup"),))
    assert with_prefix(message, "sk-") == message


@given(ANYTHING)
def test_what_people_wrote_stays_as_it_is(text: str) -> None:
    message = Message(text="-", blocks=(section(escape(f"`/backup {text}`")),))
    assert with_prefix(message, "sk-") == message


def test_a_message_that_grows_is_still_taken() -> None:
    full = section("".join(f"{code('/backup list')} " for _ in range(214)))
    check(with_prefix(Message(text="full", blocks=(full,) * 3), "a-prefix-of-twenty-c"))
