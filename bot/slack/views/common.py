"""Words that several messages share."""

from collections.abc import Sequence

from bot import wording
from bot.domain.backup import Backup, Health, Level
from bot.domain.counts import held
from bot.domain.people import in_slack
from bot.domain.state import Identity, State
from bot.slack.blocks import Button, clip, code, columns, escape, lined_up, widths

#: Characters of fixed width that a phone shows on one line.
PHONE = 32
#: Lines that one fixed-width block holds: more of them are longer than a section.
ROWS = 60
#: Begins the share that was lost, in `1,204 → 602 (−50 %)`.
_SHARE = " (−"
#: How much of a reason a message shows; the manifest and the audit log keep all of it.
REASON_CHARS = 300
#: Where a message has no room for all of it.
REST = "The rest is in the thread"
#: How many codes stand behind a backup's health.
CODES = 2

LEVELS = {
    Level.WRITTEN: "written, not yet read back",
    Level.READ: "read back whole, not restore-tested",
    Level.RESTORE_TESTED: "restore-tested",
}
HEALTH = {
    Health.HEALTHY: "healthy",
    Health.SUSPECT: "suspect",
    Health.UNKNOWN: "health unknown",
}


def who(actor: str) -> str:
    """A person as a mention, anybody else by name."""
    return f"<@{actor}>" if in_slack(actor) else code(actor)


def contents(state: State) -> str:
    """`12 tables, 48,113 rows`; `12 tables, at least 48,113 rows, 2 tables not counted`."""
    return f"{wording.plural(len(state.holders), 'table')}, {held(state)}"


def place(identity: Identity) -> tuple[str, str]:
    """The server and the database, by what cannot be renamed."""
    return (
        f"Server {code(identity.system_identifier)}, PostgreSQL {wording.version(identity.server_version)}",
        f"Database {code(identity.database_name)}, oid {code(identity.database_oid)}",
    )


def figures(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Tables with their figures in columns, without shares where a phone has no room for them.

    What is too wide even then stands below.
    """
    rows = [
        row if len(line) <= PHONE else (row[0], row[1].partition(_SHARE)[0])
        for row, line in zip(rows, lined_up(rows), strict=True)
    ]
    inside, widest = set[tuple[str, str]](), (0, 0, 0)
    for row in sorted(rows, key=lambda row: len(row[0]) + len(row[1])):
        name, number, rest = map(max, widest, widths(row))
        if name + number + rest <= PHONE:
            inside.add(row)
            widest = name, number, rest
    aligned, below = ([row for row in rows if (row in inside) is fits] for fits in (True, False))
    return [
        *(columns(aligned[first : first + ROWS]) for first in range(0, len(aligned), ROWS)),
        *(f"{code(name)} {escape(figure)}" for name, figure in below),
    ]


def effect(rows: int, tables: int, aside: int) -> str:
    """What a restore brings back, and how many rows written since go aside."""
    comes = f"{wording.plural(rows, 'row')} in {wording.plural(tables, 'table')}" if rows else "nothing"
    goes = wording.plural(aside, "row") if aside else "nothing that is known of"
    return f"Comes back: {comes} · goes aside: {goes}"


def reason(text: str) -> list[str]:
    return [f"Reason: {escape(clip(text, REASON_CHARS))}"] if text else []


def proof(backup: Backup) -> str:
    """Level and health, side by side and never merged."""
    if backup.corrupt:
        return "corrupt"
    health = HEALTH[backup.proof.health]
    if backup.proof.suspect_because:
        health += f" ({because(backup)})"
    return f"{level(backup)} · {health}"


def level(backup: Backup) -> str:
    """How far it is proven: never all of it where something was left out."""
    tested = backup.proof.level is Level.RESTORE_TESTED
    partly = " but for what was left out" if tested and backup.manifest.omissions else ""
    return f"{LEVELS[backup.proof.level]}{partly}"


def because(backup: Backup) -> str:
    """The reasons that made it suspect, the first few."""
    return wording.listed([reason.value for reason in backup.proof.suspect_because], CODES)


def backup_now(database: str) -> Button:
    return Button(label="Back up now", action="backup_now", value=database)


def emergency(database: str) -> Button:
    return Button(
        label="Emergency backup",
        action="backup_emergency",
        value=database,
        confirm="Takes whatever is still there, at once. It changes nothing in the database.",
    )


def restore(backup: Backup, *, label: str, primary: bool = False) -> Button:
    """It asks, and a second person decides; the form behind it wants a reason."""
    return Button(label=label, action="restore_this", value=backup.id, primary=primary)


def prepare_restore(backup_id: str) -> list[Button]:
    """The same below an alert or a report; none where there is nothing to restore."""
    if not backup_id:
        return []
    return [Button(label="Prepare restore", action="restore_this", value=backup_id, primary=True)]


def verify(database: str) -> Button:
    return Button(label="Verify", action="verify_again", value=database)


def verify_again(database: str) -> Button:
    return Button(label="Verify again", action="verify_again", value=database)


def accept(database: str) -> Button:
    return Button(label="Yes, this is it: accept", action="verify_accept", value=database, primary=True)


def ask_accept(database: str) -> Button:
    """It asks, and a second person decides; the form behind it wants a reason."""
    return Button(label="Ask a second person", action="verify_accept_ask", value=database)
