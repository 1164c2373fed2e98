"""Where the reason was left out that people decide by, or that everybody reads."""

from bot.errors import UsageError
from bot.slack.views.offer import reason_form
from handlers.calls import Call


def ask_why(call: Call, command: str, words: str, *, alone: bool = False) -> None:
    """In a form; where none can be shown, whoever asked types it. `words` follow the command. `alone`: it
    needs no second person."""
    if call.open is None:
        why = "everybody reads it" if alone else "people decide by it"
        raise UsageError(f"a reason is needed: {why}", f"`/{command} {words} REASON`")
    call.open(reason_form(command, words, call.channel, alone=alone))
