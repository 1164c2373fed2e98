"""Where the reason was left out that people decide by."""

from bot.errors import UsageError
from bot.slack.views.offer import reason_form
from handlers.calls import Call


def ask_why(call: Call, command: str, words: str) -> None:
    """In a form; where none can be shown, whoever asked types it. `words` follow the command."""
    if call.open is None:
        raise UsageError("a reason is needed: people decide by it", f"`/{command} {words} REASON`")
    call.open(reason_form(command, words, call.channel))
