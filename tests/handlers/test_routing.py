"""Every button that a message can carry is handled, and nothing is handled that no message carries."""

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.slack import views
from handlers import BUTTONS, COMMANDS
from handlers.calls import _said_to


def actions() -> Iterator[str]:
    """The action of every button that the views make."""
    for path in Path(views.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Button":
                for argument in node.keywords:
                    if argument.arg == "action":
                        assert isinstance(argument.value, ast.Constant), f"{path.name}: a name is expected"
                        yield str(argument.value.value)


def test_every_button_of_every_view_is_handled_and_no_other() -> None:
    assert set(actions()) == BUTTONS.keys()


def test_every_command_has_a_short_name_and_help_of_its_own() -> None:
    assert set(COMMANDS) == {
        "backup", "verify", "restore", "deploy", "drill", "incident", "requests", "schedule", "traffic",
        "watch",
    }  # fmt: skip


def test_what_is_said_to_the_bot_is_found_in_the_sentence() -> None:
    for text, said in (
        ("<@U9> verify", "verify"),
        ("hey <@U9> verify now", "verify now"),
        ("verify <@U9>", "verify "),
        ("<@U9>", ""),
        ("<@U1> and <@U9|secondkey> backup a &gt; b &amp; c", "backup a > b & c"),
        ("<@U99> <@U9> verify", "verify"),
    ):
        assert _said_to("U9", text) == said
