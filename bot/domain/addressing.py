"""The database that a command means, and what becomes of words that mean nothing."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bot.domain.spelling import did_you_mean, nearest
from bot.domain.words import Words
from bot.errors import NotFound, UsageError

#: A word within this many edits of a database's name is asked back.
TYPO = 2
#: Names up to this length are too close to ordinary words for that.
SHORT_NAME = 3
#: How many commands are offered to be copied where the database is missing.
READY = 3
_Command = TypeVar("_Command")


def before_reason(words: Words, databases: Sequence[str]) -> str:
    """The database where any other word may begin the reason, if only one is protected."""
    known = by_word(databases)
    close = _close(words.next, known)
    if words.next in known or (len(databases) > 1 and (close or not words.next)):
        return named(words, databases)
    typed = shown(words.typed)
    if close:
        hint = f"{did_you_mean(close)} If {typed} begins the reason, name the database before it"
        raise NotFound(f"there is no protected database {typed}", hint)
    if len(databases) > 1:
        hint = "\n".join((f"protected: {', '.join(databases)}", *_ready(words, databases, instead=False)))
        raise NotFound(f"there is no protected database {typed}", hint)
    return databases[0]


def named(words: Words, databases: Sequence[str], *other_words: str) -> str:
    """The database where nothing else can follow; it may be left out if only one is protected."""
    word, known = words.next, by_word(databases)
    if word in known:
        return known[words.take()]
    if word:
        close = _close(word, (*known, *other_words))
        meant = did_you_mean(close) if close else f"protected: {', '.join(databases)}"
        near = [known[each] for each in close if each in known]
        hint = "\n".join((meant, *_ready(words, near or databases, instead=True)))
        raise NotFound(f"there is no protected database {shown(words.typed)}", hint)
    if len(databases) > 1:
        more = [f"also protected: {', '.join(databases[READY:])}"] if len(databases) > READY else []
        hint = "\n".join([*_ready(words, databases, instead=False), *more])
        raise UsageError("several databases are protected: name the one that you mean", hint)
    return databases[0]


def _ready(words: Words, databases: Sequence[str], *, instead: bool) -> list[str]:
    """Commands to be copied, for the first few of these databases."""
    return [words.naming(name, instead=instead) for name in databases[:READY]]


def by_word(databases: Sequence[str]) -> dict[str, str]:
    return {name.casefold(): name for name in databases}


def _close(word: str, known: Iterable[str]) -> list[str]:
    return nearest(word, (name for name in known if len(name) > SHORT_NAME), TYPO)


def refuse_mistyped(words: Words, databases: Sequence[str], *meant: str) -> None:
    """A mistyped subcommand would silently begin the reason of something else."""
    word, typed = words.next, words.typed
    close = [each for each in meant if nearest(word, [each], min(TYPO, len(each) // 3))]
    if close and word not in by_word(databases):
        raise UsageError(f"{shown(typed)} is not understood", did_you_mean(close))


def end(words: Words, command: _Command, usage: str) -> _Command:
    if words.next:
        raise UsageError(f"{shown(words.rest)} is not understood here", usage)
    return command


def shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")
