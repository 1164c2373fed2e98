"""How commands are read: subcommand, database, backup id, and all the rest is the reason.

Case, quotes, dashes, doubled spaces and invisible characters do not matter to the grammar; the reason keeps
its own text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.addressing import TYPO, before_reason, by_word, end, named, refuse_mistyped, shown
from bot.domain.backup import read_backup_id
from bot.domain.spelling import did_you_mean, nearest
from bot.domain.words import Words
from bot.errors import UsageError

_LIKE_AN_ID = re.compile(r"b-\d.*")
_VERIFY = "`/verify [database]`, `/verify accept [database] [reason]`, `/verify B-…`"
_DROP = "`/restore drop [database] NAME reason`; `/restore` shows what is kept"
_TRAFFIC = "`/traffic stop [database] reason`, `/traffic start [database] reason`, `/traffic status`"
_DRILL = "`/drill [database] [B-…]`, `/drill list`, `/drill status`"
_EXAMPLE_ID = "an id looks like B-20251008-191204-abcd; `/backup list` shows them"


@dataclass(frozen=True, kw_only=True)
class Help:
    """Show what can be typed."""


@dataclass(frozen=True, kw_only=True)
class Backup:
    """Make a backup."""

    database: str
    emergency: bool = False
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class List:
    database: str


@dataclass(frozen=True, kw_only=True)
class Show:
    id: str


@dataclass(frozen=True, kw_only=True)
class Delete:
    """Ask whether a backup may go before its time."""

    id: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """Keep a backup, whatever the policy says."""

    id: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Unpin:
    id: str


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Show how many backups are kept, and which go next."""

    database: str


@dataclass(frozen=True, kw_only=True)
class LowerRetention:
    """Ask whether as few may be kept as the configuration says."""

    database: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Verify:
    database: str


@dataclass(frozen=True, kw_only=True)
class Accept:
    """Say that this is the right database, as it is now."""

    database: str
    #: needed where that lowers what is protected
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Retest:
    """Restore-test a backup again."""

    id: str


@dataclass(frozen=True, kw_only=True)
class Cards:
    """Show what could be restored."""


@dataclass(frozen=True, kw_only=True)
class Restore:
    """Ask for a restore; without an id the newest backup that is proven good."""

    #: None where the backup's id says it
    database: str | None
    id: str | None = None
    #: empty where it was left out: whoever asks is asked for it
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Undo:
    """Ask for the set-aside database back."""

    database: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Ask whether a set-aside database may go before its days have ended."""

    database: str
    #: as the grammar compares words: in lower case
    name: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Withdraw what waits or prepares."""

    database: str


@dataclass(frozen=True, kw_only=True)
class StopTraffic:
    """Keep everybody away from a database."""

    database: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class StartTraffic:
    """Let everybody come back."""

    database: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class TrafficStatus:
    """Who is kept away from what."""

    #: None for all of them
    database: str | None


@dataclass(frozen=True, kw_only=True)
class Drill:
    """Restore backups that nobody needs, to see whether they do."""

    #: None where the backup's id says it
    database: str | None
    #: None for the newest and a random older one
    id: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrillList:
    """What the last drills came to."""

    #: None for all databases
    database: str | None


@dataclass(frozen=True, kw_only=True)
class DrillStatus:
    """The last drill, and the one that is under way."""

    #: None for all databases
    database: str | None


@dataclass(frozen=True, kw_only=True)
class ShowSchedules:
    """What happens without anybody asking for it."""

    #: None for all databases
    database: str | None


BackupCommand = Backup | List | Show | Delete | Pin | Unpin | Retention | LowerRetention | Help
VerifyCommand = Verify | Accept | Retest | Help
TrafficCommand = StopTraffic | StartTraffic | TrafficStatus | Help
DrillCommand = Drill | DrillList | DrillStatus | Help
ScheduleCommand = ShowSchedules | Help
RestoreCommand = Cards | Restore | Undo | Drop | Cancel | Help


def split_command(text: str) -> tuple[str, str]:
    """The command's name, without a slash, and what follows it: `backup`, `emergency data vanishes`."""
    words = Words(text)
    return words.take().lstrip("/"), words.rest


def parse_backup(text: str, databases: Sequence[str]) -> BackupCommand:
    """What follows `/backup`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "backup")
    match words.next:
        case "help":
            return Help()
        case "list":
            words.take()
            return end(words, List(database=named(words, databases)), "`/backup list [database]`")
        case "show":
            words.take()
            return end(words, Show(id=_backup_id(words)), "`/backup show B-…`")
        case "delete":
            words.take()
            return Delete(id=_backup_id(words), reason=words.reason)
        case "pin":
            words.take()
            return Pin(id=_backup_id(words), reason=words.reason)
        case "unpin":
            words.take()
            return end(words, Unpin(id=_backup_id(words)), "`/backup unpin B-…`")
        case "retention":
            words.take()
            return _retention(words, databases)
        case "emergency":
            words.take()
            _refuse_id(words, databases)
            return Backup(database=before_reason(words, databases), emergency=True, reason=words.reason)
        case _:
            _refuse_id(words, databases)
            refuse_mistyped(words, databases, "emergency", "retention")
            return Backup(database=before_reason(words, databases), reason=words.reason)


def _retention(words: Words, databases: Sequence[str]) -> Retention | LowerRetention:
    if words.next == "lower":
        words.take()
        return LowerRetention(database=before_reason(words, databases), reason=words.reason)
    usage = "`/backup retention [database]`, `/backup retention lower [database] reason`"
    return end(words, Retention(database=named(words, databases, "lower")), usage)


def parse_verify(text: str, databases: Sequence[str]) -> VerifyCommand:
    """What follows `/verify`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "verify")
    match words.next:
        case "help":
            return Help()
        case "accept":
            words.take()
            # A mistyped name never begins the reason: this is what gets pinned.
            return Accept(database=named(words, databases), reason=words.reason)
        case word if _LIKE_AN_ID.fullmatch(word):
            return end(words, Retest(id=_backup_id(words)), _VERIFY)
        case _:
            return end(words, Verify(database=named(words, databases, "accept", "help")), _VERIFY)


def parse_restore(text: str, databases: Sequence[str]) -> RestoreCommand:
    """What follows `/restore`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "restore")
    match words.next:
        case "":
            return Cards()
        case "help":
            return Help()
        case "cancel":
            words.take()
            return end(words, Cancel(database=named(words, databases)), "`/restore cancel [database]`")
        case "undo":
            words.take()
            return Undo(database=before_reason(words, databases), reason=words.reason)
        case "drop":
            words.take()
            return _drop(words, databases)
        case _:
            refuse_mistyped(words, databases, "cancel", "drop", "undo")
            return _restore(words, databases)


def parse_traffic(text: str, databases: Sequence[str]) -> TrafficCommand:
    """What follows `/traffic`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "traffic")
    typed = words.typed
    match words.take():
        case "help":
            return Help()
        case "stop":
            return StopTraffic(database=before_reason(words, databases), reason=words.reason)
        case "start":
            return StartTraffic(database=before_reason(words, databases), reason=words.reason)
        case "status" if words.next:
            return end(words, TrafficStatus(database=named(words, databases)), _TRAFFIC)
        case "" | "status":
            return TrafficStatus(database=None)
        case word:
            close = nearest(word, ("start", "status", "stop"), TYPO)
            raise UsageError(f"{shown(typed)} is not understood", did_you_mean(close) if close else _TRAFFIC)


def parse_drill(text: str, databases: Sequence[str]) -> DrillCommand:
    """What follows `/drill`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "drill")
    match words.next:
        case "help":
            return Help()
        case "list":
            words.take()
            return end(words, DrillList(database=_if_named(words, databases)), _DRILL)
        case "status":
            words.take()
            return end(words, DrillStatus(database=_if_named(words, databases)), _DRILL)
        case word if _LIKE_AN_ID.fullmatch(word):
            return end(words, Drill(database=None, id=_backup_id(words)), _DRILL)
        case _:
            database = named(words, databases, "list", "status")
            backup_id = _backup_id(words) if words.next else None
            return end(words, Drill(database=database, id=backup_id), _DRILL)


def parse_schedule(text: str, databases: Sequence[str]) -> ScheduleCommand:
    """What follows `/schedule`; raises `UsageError`, and `NotFound` where a database's name is mistyped."""
    words = Words(text, "schedule")
    if words.next == "help":
        return Help()
    return end(words, ShowSchedules(database=_if_named(words, databases)), "`/schedule [database]`")


def _if_named(words: Words, databases: Sequence[str]) -> str | None:
    return named(words, databases) if words.next else None


def _restore(words: Words, databases: Sequence[str]) -> Restore:
    if _LIKE_AN_ID.fullmatch(words.next):
        return Restore(database=None, id=_backup_id(words), reason=words.reason)
    database = before_reason(words, databases)
    backup_id = _backup_id(words) if _LIKE_AN_ID.fullmatch(words.next) else None
    return Restore(database=database, id=backup_id, reason=words.reason)


def _drop(words: Words, databases: Sequence[str]) -> Drop:
    """Whose it is may be left out where one is protected; which it is never."""
    several = len(databases) > 1 or words.next in by_word(databases)
    database = named(words, databases) if several else databases[0]
    if not words.next:
        raise UsageError("the name of the set-aside database is missing", _DROP)
    return Drop(database=database, name=words.take(), reason=words.reason)


def _refuse_id(words: Words, databases: Sequence[str]) -> None:
    """A backup's id would silently begin the reason of a new one."""
    word = words.next
    if not _LIKE_AN_ID.fullmatch(word) or word in by_word(databases):
        return
    known = read_backup_id(word)
    meant = f"`/backup show {known}` shows it, `/verify {known}` tests it again" if known else _EXAMPLE_ID
    raise UsageError(
        f"{shown(words.typed)} is {'the id of a backup' if known else 'no whole id of a backup'}; "
        "no backup was begun",
        f"{meant}. If it begins the reason, name the database before it",
    )


def _backup_id(words: Words) -> str:
    typed, word = words.typed, words.take()
    if not word:
        raise UsageError("the backup's id is missing", _EXAMPLE_ID)
    found = read_backup_id(word)
    if found is None:
        raise UsageError(f"{shown(typed)} is not a backup id", _EXAMPLE_ID)
    return found
