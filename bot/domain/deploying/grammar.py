"""How `/deploy` is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.addressing import TYPO, before_reason, end, named, shown
from bot.domain.deploying.gate import ALL
from bot.domain.deploying.release_name import check_release
from bot.domain.grammar import Help
from bot.domain.spelling import did_you_mean, nearest
from bot.domain.words import Words
from bot.errors import UsageError

_WORDS = ("abort", "finish", "freeze", "help", "history", "override", "start", "status", "thaw")
_USAGE = "`/deploy start RELEASE [database]`, finish, abort, status, history, override, freeze, thaw"


@dataclass(frozen=True, kw_only=True)
class StartDeployment:
    """Pass the gate, and open a window."""

    release: str
    database: str


@dataclass(frozen=True, kw_only=True)
class FinishDeployment:
    """Close the window with its report."""

    database: str


@dataclass(frozen=True, kw_only=True)
class AbortDeployment:
    """Close the window of a release that is given up."""

    database: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OverrideGate:
    """Ask a second person to let a release begin although the gate says no."""

    release: str
    database: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """Stop every deployment."""

    #: a database, or `all`
    scope: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Thaw:
    """Let deployments begin again."""

    scope: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DeploymentStatus:
    """What is open, and what is frozen."""

    #: None for all of them
    database: str | None


@dataclass(frozen=True, kw_only=True)
class DeploymentHistory:
    database: str


Command = (
    StartDeployment
    | FinishDeployment
    | AbortDeployment
    | OverrideGate
    | Freeze
    | Thaw
    | DeploymentStatus
    | DeploymentHistory
    | Help
)


def parse(text: str, databases: Sequence[str]) -> Command:
    """What follows `/deploy`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "deploy")
    typed = words.typed
    word = words.take()
    if word in {"start", "override"}:
        return _of_a_release(words, word, databases)
    match word:
        case "help":
            return Help()
        case "finish":
            command = FinishDeployment(database=named(words, databases))
            return end(words, command, "`/deploy finish [database]`")
        case "abort":
            return AbortDeployment(database=before_reason(words, databases), reason=words.reason)
        case "freeze":
            return Freeze(scope=_scope(words, databases), reason=words.reason)
        case "thaw":
            return Thaw(scope=_scope(words, databases), reason=words.reason)
        case "history":
            history = DeploymentHistory(database=named(words, databases))
            return end(words, history, "`/deploy history [database]`")
        case "status" if words.next:
            return end(words, DeploymentStatus(database=named(words, databases)), "`/deploy status`")
        case "" | "status":
            return DeploymentStatus(database=None)
        case _:
            close = nearest(word, _WORDS, TYPO)
            raise UsageError(f"{shown(typed)} is not understood", did_you_mean(close) if close else _USAGE)


def _of_a_release(words: Words, act: str, databases: Sequence[str]) -> StartDeployment | OverrideGate:
    release = check_release(words.typed)
    words.take()
    if act == "start":
        command = StartDeployment(release=release, database=named(words, databases))
        return end(words, command, "`/deploy start RELEASE [database]`")
    return OverrideGate(release=release, database=before_reason(words, databases), reason=words.reason)


def _scope(words: Words, databases: Sequence[str]) -> str:
    """A database, or all of them."""
    return words.take() if words.next == ALL else before_reason(words, databases)
