"""The words of a command: case, quotes, dashes, doubled spaces and invisible characters do not matter."""

import re
import unicodedata

#: A longer reason is cut here, so that messages and manifests stay readable.
REASON_CHARS = 500
#: What people tell each other is never cut: a longer text is refused.
TEXT_CHARS = 2500

_WORD = re.compile(r"\S+")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
#: Quotes and punctuation around a word; neither begins or ends a name.
_AROUND = "\"'`´“”„‟‘’‚‛«»‹›*,;:.!?"


class Words:
    """The words of a command as the grammar sees them, and the text behind those that were taken."""

    def __init__(self, text: str, command: str = "") -> None:
        self._text = text
        self._command = command
        #: what each word means to the grammar, and where its text is; invisible ones are left out
        self._words = [(word, found.span()) for found in _WORD.finditer(text) if (word := _plain(found[0]))]
        self._taken = 0

    @property
    def next(self) -> str:
        """The next word; empty at the end."""
        return self._words[self._taken][0] if self._taken < len(self._words) else ""

    def begin(self, *expected: str) -> bool:
        """The next words are these."""
        following = self._words[self._taken : self._taken + len(expected)]
        return tuple(word for word, _ in following) == expected

    @property
    def typed(self) -> str:
        """The next word as it was typed, without what is invisible; empty at the end."""
        if self._taken == len(self._words):
            return ""
        start, end = self._words[self._taken][1]
        return _visible(self._text[start:end])

    def take(self) -> str:
        word = self.next
        self._taken += bool(word)
        return word

    @property
    def rest(self) -> str:
        """The text behind the words that were taken, as it was typed."""
        return self._behind(self._taken)

    @property
    def reason(self) -> str:
        """The rest, without what no database stores and no terminal should print."""
        return _as_reason(self.rest)

    @property
    def text(self) -> str:
        """The same, however long it is."""
        return _told(self.rest)

    def naming(self, database: str, *, instead: bool) -> str:
        """The whole command to be copied: with this database before the next word, or `instead` of it."""
        taken = (word for word, _ in self._words[: self._taken])
        reason = _as_reason(self._behind(self._taken + instead)).replace("`", "'")
        return f"`{' '.join(filter(None, (f'/{self._command}', *taken, database, reason)))}`"

    def _behind(self, count: int) -> str:
        """The text behind so many words."""
        end = self._words[count - 1][1][1] if count else 0
        return self._text[end:].strip()


def _plain(word: str) -> str:
    """The word as the grammar compares it: `“ProjectLedger”,` is `projectledger`."""
    return unicodedata.normalize("NFKC", _visible(word).translate(_DASHES)).casefold().strip(_AROUND)


def _visible(word: str) -> str:
    return "".join(char for char in word if unicodedata.category(char)[0] != "C")


def _told(text: str) -> str:
    """Nothing where nobody would see anything."""
    told = "".join(map(_storable, text)).strip()
    return told if _visible(told).strip() else ""


def _as_reason(text: str) -> str:
    text = _told(text)
    return text if len(text) <= REASON_CHARS else text[: REASON_CHARS - 1].rstrip() + "…"


def _storable(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc":
        return " " if char.isspace() else ""
    return "" if category == "Cs" else char
