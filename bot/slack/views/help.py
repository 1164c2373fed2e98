"""Help, with examples: what can be typed, and what each does."""

from collections.abc import Sequence

from bot.domain.operation import Operation
from bot.slack.blocks import Message, context, header, section
from bot.slack.views.replies import running

_BACKUP = (
    ("backup", "back up the database, where one is protected"),
    ("backup projectledger before v1.4.0", "name it, and say why"),
    (
        "backup emergency projectledger data is vanishing",
        "at once, whatever is still there, before all other work",
    ),
    ("backup list", "all of them: how far each is proven, what would be taken by default"),
    ("backup show B-20251008-191204-abcd", "one of them, with its counts"),
    ("backup retention projectledger", "how many are kept, and which go next"),
    ("backup pin B-20251008-191204-abcd for the audit", "it stays until it is unpinned"),
    (
        "backup delete B-20251008-191204-abcd no room",
        "it goes before its time; a second person decides",
    ),
)
_VERIFY = (
    ("verify", "is it the right database, and is everything in it?"),
    ("verify accept", "say that it is: pins identity and contents"),
    (
        "verify accept projectledger old users were purged",
        "later: what would lower protection takes a second person and a reason",
    ),
    ("verify B-20251008-191204-abcd", "restore this backup again in a throw-away cluster"),
)
_RESTORE = (
    ("restore", "what could be restored, for you alone; it starts nothing"),
    (
        "restore projectledger users vanished",
        "the newest backup that is proven good; a second person decides",
    ),
    ("restore projectledger B-20251008-191204-abcd users vanished", "this one"),
    ("restore undo projectledger it was the wrong one", "the database that was set aside comes back"),
    (
        "restore drop projectledger projectledger_aside_4k7d2m9x no room",
        "what was set aside goes before its days have ended; a second person decides",
    ),
    ("restore cancel projectledger", "withdraw what waits"),
)
_TRAFFIC = (
    ("traffic stop projectledger users vanish", "at once, by one person: the application is kept away"),
    (
        "traffic start projectledger it is mended",
        "it comes back; a blocked one takes a second person",
    ),
    ("traffic status", "what is stopped, since when, and who is in there"),
)
_DEPLOY = (
    ("deploy start v1.4.0 projectledger", "the gate: judge, back up, and open a window for the release"),
    ("deploy finish projectledger", "count again, compare, and close the window with its report"),
    ("deploy abort projectledger it hangs", "the same for a release that is given up"),
    ("deploy status", "what is open, and what is frozen"),
    ("deploy history projectledger", "the last deployments"),
    (
        "deploy override v1.4.0 projectledger the table is meant to go",
        "the gate says no: a second person may let it through, once",
    ),
    ("deploy freeze projectledger we look for the cause", "at once, by one person: nothing is deployed"),
    ("deploy thaw projectledger found it", "again; while data is missing it takes a second person"),
)
_DRILL = (
    ("drill projectledger", "restore the newest backup and an older one, to see whether they do"),
    ("drill B-20251008-191204-abcd", "this one"),
    ("drill status", "how long the last one took, and what would have been lost"),
    ("drill list projectledger", "the last ones"),
)
_INCIDENT = (
    ("incident open projectledger users see empty lists", "a channel of its own; deployments freeze"),
    ("incident status", "how it stands, what is known, what happened last"),
    ("incident role lead @Mara", "lead, comms, scribe or dba; without a name it is you"),
    ("incident note the import ran at noon", "into the timeline; 📌 on a message does the same"),
    ("incident update restoring, 10 minutes more", "tells everybody who waits for news"),
    ("incident draft", "texts for people outside, from known facts; sent once you say so"),
    ("incident close restored by Mara", "looks again, lets deployments through, writes the report"),
    ("incident list", "the last ones; in its own channel an incident's database need not be named"),
)
_SCHEDULE = (
    ("schedule", "backups and drills that nobody needs to ask for: what ran, what comes, what was missed"),
)
_WATCH = (
    ("watch status", "which alerts are open, who looks into them, and what is kept calm"),
    (
        "watch quiet projectledger 2h the server is moved",
        "a maintenance window: alerts call nobody; at most 24h, `all` for every database",
    ),
    ("watch resume projectledger", "it ends now, and what still stands is told aloud"),
)
_REQUESTS = (("requests", "what waits for a second person, and who could approve it"),)
_ALL = (
    _BACKUP,
    _VERIFY,
    _RESTORE,
    _DEPLOY,
    _DRILL,
    _SCHEDULE,
    _INCIDENT,
    _WATCH,
    _TRAFFIC,
    _REQUESTS,
)


def backup() -> Message:
    return _help("backup [emergency] [database] [reason]", _BACKUP)


def verify() -> Message:
    return _help("verify [database]", _VERIFY)


def restore() -> Message:
    return _help("restore [database] [ID] reason", _RESTORE)


def traffic() -> Message:
    return _help("traffic stop | start | status [database] [reason]", _TRAFFIC)


def deploy() -> Message:
    return _help("deploy start | finish | abort | status | history | override | freeze | thaw", _DEPLOY)


def drill() -> Message:
    return _help("drill [database] [ID] | list | status", _DRILL)


def incident() -> Message:
    return _help("incident open | status | role | note | update | draft | close | list", _INCIDENT)


def schedule() -> Message:
    return _help("schedule [database]", _SCHEDULE)


def watch() -> Message:
    return _help("watch status | quiet [database] DURATION reason | resume [database]", _WATCH)


def requests() -> Message:
    return _help("requests", _REQUESTS)


def everything(open_now: Sequence[Operation]) -> Message:
    """`/secondkey` alone: what can be typed, and what is open now."""
    return Message(
        text=f"What Secondkey does: {', '.join(map(_command, _ALL))}",
        blocks=(
            header("Secondkey"),
            *(section(*_lines(examples)) for examples in _ALL),
            section("*Running now*", *running(open_now)),
            context(
                "`/secondkey backup …`, `/secondkey verify …`, `/secondkey restore …` and a mention of the "
                "bot do the same."
            ),
        ),
    )


def _help(usage: str, examples: Sequence[tuple[str, str]]) -> Message:
    title = f"`/{usage}`"
    return Message(text=title, blocks=(section(title, *_lines(examples)),))


def _command(examples: Sequence[tuple[str, str]]) -> str:
    example, _ = examples[0]
    return f"`/{example.split()[0]}`"


def _lines(examples: Sequence[tuple[str, str]]) -> list[str]:
    return [f"`/{example}`  {meaning}" for example, meaning in examples]
