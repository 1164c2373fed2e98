"""How `/watch` is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.addressing import TYPO, before_reason, end, named, shown
from bot.domain.deploying.gate import ALL
from bot.domain.grammar import Help
from bot.domain.spelling import did_you_mean, nearest
from bot.domain.words import Words
from bot.errors import UsageError

_WORDS = ("help", "quiet", "resume", "status")
_QUIET = "`/watch quiet [database] DURATION reason`; a duration is `30m`, `2h`, at most `24h`"
_USAGE = "`/watch status`, `/watch quiet [database] DURATION reason`, `/watch resume [database]`"


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Open a maintenance window."""

    #: a database, or `all`
    scope: str
    #: as it was typed: `2h`
    length: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Resume:
    """End it."""

    scope: str


@dataclass(frozen=True, kw_only=True)
class WatchStatus:
    """What stands, and what is kept calm."""

    #: None for all of them
    database: str | None


Command = Quiet | Resume | WatchStatus | Help


def parse(text: str, databases: Sequence[str]) -> Command:
    """What follows `/watch`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "watch")
    typed = words.typed
    match words.take():
        case "help":
            return Help()
        case "quiet":
            return _quiet(words, databases)
        case "resume":
            return end(words, Resume(scope=_scope(words, databases)), "`/watch resume [database]`")
        case "status" if words.next:
            return end(words, WatchStatus(database=named(words, databases)), "`/watch status [database]`")
        case "" | "status":
            return WatchStatus(database=None)
        case word:
            close = nearest(word, _WORDS, TYPO)
            raise UsageError(f"{shown(typed)} is not understood", did_you_mean(close) if close else _USAGE)


def _quiet(words: Words, databases: Sequence[str]) -> Quiet:
    scope = words.take() if words.next == ALL else before_reason(words, databases)
    if not words.next:
        raise UsageError("for how long is missing", _QUIET)
    return Quiet(scope=scope, length=words.take(), reason=words.reason)


def _scope(words: Words, databases: Sequence[str]) -> str:
    return words.take() if words.next == ALL else named(words, databases)
