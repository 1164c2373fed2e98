"""How `/incident` is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.addressing import TYPO, before_reason, by_word, end, named, shown
from bot.domain.grammar import Help
from bot.domain.incidents.incident import Role
from bot.domain.spelling import did_you_mean, nearest
from bot.domain.words import Words
from bot.errors import UsageError

_WORDS = ("close", "draft", "help", "list", "note", "open", "role", "status", "update")
_USAGE = "`/incident open [database] WHAT HAPPENED`, status, role, note, update, draft, close, list"
#: Closes although data is missing.
ANYWAY = "anyway"


@dataclass(frozen=True, kw_only=True)
class OpenIncident:
    database: str
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class IncidentStatus:
    database: str


@dataclass(frozen=True, kw_only=True)
class GiveRole:
    database: str
    role: Role
    #: as it was typed: a mention, a name or an id; empty for whoever asks
    person: str = ""


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something that belongs into the timeline."""

    database: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Update:
    """How it stands, for everybody."""

    database: str
    text: str


@dataclass(frozen=True, kw_only=True)
class DraftTexts:
    """What could be said outside, from known facts."""

    database: str


@dataclass(frozen=True, kw_only=True)
class CloseIncident:
    database: str
    reason: str
    #: although data is missing
    anyway: bool = False


@dataclass(frozen=True, kw_only=True)
class ListIncidents:
    pass


#: What is about an incident that is open.
WhileOpen = IncidentStatus | GiveRole | Note | Update | DraftTexts
Command = OpenIncident | WhileOpen | CloseIncident | ListIncidents | Help


def parse(text: str, databases: Sequence[str], here: str | None = None) -> Command:
    """What follows `/incident`; raises `UsageError`, and `NotFound` where a database's name is mistyped.

    `here` is the database whose incident's channel it was typed in: there it is never named, so that any
    word may begin a note.
    """
    words = Words(text, "incident")
    typed = words.typed
    match words.take():
        case "help":
            return Help()
        case "list":
            return end(words, ListIncidents(), "`/incident list`")
        case "open":
            return OpenIncident(database=before_reason(words, databases), what=words.reason)
        case "" | "status":
            status = IncidentStatus(database=here if here and not words.next else named(words, databases))
            return end(words, status, "`/incident status [database]`")
        case "role":
            return _role(words, databases, here)
        case "note":
            return Note(database=here or before_reason(words, databases), text=words.text)
        case "update":
            return Update(database=here or before_reason(words, databases), text=words.text)
        case "draft":
            draft = DraftTexts(database=here if here and not words.next else named(words, databases))
            return end(words, draft, "`/incident draft [database]`")
        case "close":
            return _close(words, databases, here)
        case word:
            close = nearest(word, _WORDS, TYPO)
            raise UsageError(f"{shown(typed)} is not understood", did_you_mean(close) if close else _USAGE)


def _role(words: Words, databases: Sequence[str], here: str | None) -> GiveRole:
    named_here = words.next in by_word(databases)
    alone = here or (databases[0] if len(databases) == 1 else None)
    database = alone if alone and not named_here else before_reason(words, databases)
    typed, word = words.typed, words.take()
    if word not in set(Role):
        close = nearest(word, [role.value for role in Role], TYPO)
        raise UsageError(
            f"{shown(typed)} is no role" if word else "which role?",
            did_you_mean(close) if close else f"`/incident role ROLE @person`: {', '.join(Role)}",
        )
    return GiveRole(database=database, role=Role(word), person=words.reason)


def _close(words: Words, databases: Sequence[str], here: str | None) -> CloseIncident:
    if here and words.begin(here.casefold(), ANYWAY):
        words.take()
    database = here or before_reason(words, databases)
    anyway = words.next == ANYWAY
    if anyway:
        words.take()
    return CloseIncident(database=database, reason=words.reason, anyway=anyway)
