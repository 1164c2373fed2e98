"""The protected server, the programs for it, and the room for the next backup."""

from collections.abc import Iterator

from bot import wording
from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import MissingClient, Observation, Rules, ServerFacts

#: Less free room than this, in the repository or on the server, is told, however small the database.
LEAST_ROOM = 1_000_000_000
#: The repository should have room for this many more archives of the newest one's size.
ARCHIVES_OF_ROOM = 2
#: Less of its log than one segment a server keeps for everybody.
SEGMENT = 16 * 1024**2
#: So large a share of the connections is nearly all.
FULL = 0.9


def findings(observation: Observation) -> Iterator[Finding]:
    facts, name = observation.server, observation.database
    yield from _large_objects(facts)
    yield from _room(observation)
    yield from _room_on_the_server(name, facts)
    yield from _archive(name, facts)
    yield from _replicas(facts, observation.rules)
    yield from _slots(facts)
    yield from _sessions(name, facts)
    yield from _long_transactions(facts, observation.rules)
    yield from _clients(facts)
    yield from _rights(facts)
    for code, lacks in (
        (Code.SERVER_CANNOT_RESTORE, facts.cannot_restore),
        (Code.SERVER_CANNOT_SWAP, facts.cannot_swap),
    ):
        yield from (finding(code, name, lack.reason, lack.hint) for lack in lacks)
    for unseen in (*facts.unseen, *observation.unsearched):
        yield finding(Code.SERVER_UNREADABLE, unseen.what, unseen.reason, unseen.hint)
    if observation.backups.key_not_exported:
        yield finding(
            Code.SERVER_KEY_NOT_EXPORTED,
            "signing key",
            "it lies on one machine only; without it no backup can be proven genuine",
            "`secondkey keys export FILE` makes a copy: keep it elsewhere",
        )


def _large_objects(facts: ServerFacts) -> Iterator[Finding]:
    if (found := facts.large_objects) is not None:
        told = f"no backup but an emergency one can be made: {found.reason}"
        yield finding(Code.ROWS_UNREADABLE, found.what, told, found.hint)


def _room(observation: Observation) -> Iterator[Finding]:
    free, backups = observation.server.repository_free_bytes, observation.backups.backups
    newest = backups[0].manifest.archive.bytes if backups else 0
    wanted = max(LEAST_ROOM, ARCHIVES_OF_ROOM * newest)
    if free is not None and free < wanted:
        yield finding(
            Code.SERVER_DISK_LOW,
            "repository",
            f"{wording.size(free)} are free; {wording.size(wanted)} are wanted for the next backups",
            "make room, or let `repository.url` lead to a larger volume",
        )


def _room_on_the_server(name: str, facts: ServerFacts) -> Iterator[Finding]:
    """A restore puts a second copy beside the database."""
    free, wanted = facts.server_free_bytes, max(LEAST_ROOM, facts.database_bytes or 0)
    if free is not None and free < wanted:
        yield finding(
            Code.SERVER_DISK_LOW,
            name,
            f"{wording.size(free)} are free on the server's volume; {wording.size(wanted)} are wanted, so "
            "that a copy can be restored beside it",
            "make room there: a full volume stops the server, and no restore finds room for its copy",
        )


def _archive(name: str, facts: ServerFacts) -> Iterator[Finding]:
    if facts.archive_failing:
        yield finding(
            Code.SERVER_ARCHIVE_FAILING,
            name,
            f"the server cannot archive its log: {facts.archive_failing}",
            "look at `archive_command` and the server's own log: its disk fills until this works again",
        )


def _replicas(facts: ServerFacts, rules: Rules) -> Iterator[Finding]:
    for replica in facts.replicas:
        if replica.lag is not None and replica.lag > rules.replica_lag:
            yield finding(
                Code.SERVER_REPLICA_LAGGING,
                replica.name,
                f"{wording.duration(replica.lag)} behind; at most {wording.duration(rules.replica_lag)} is "
                "expected",
                "look at its log, and at the network between the two",
            )


def _slots(facts: ServerFacts) -> Iterator[Finding]:
    for slot in facts.slots:
        if not slot.active and slot.kept_bytes is not None and slot.kept_bytes > SEGMENT:
            yield finding(
                Code.SERVER_SLOT_INACTIVE,
                slot.name,
                f"nobody reads through this replication slot, and {wording.size(slot.kept_bytes)} of the "
                "server's log are kept for it",
                "bring its standby or subscriber back: the disk fills until then; if it is gone for good, "
                f"`SELECT pg_drop_replication_slot('{slot.name}')`",
            )


def _sessions(name: str, facts: ServerFacts) -> Iterator[Finding]:
    sessions = facts.sessions
    if sessions is not None and sessions.total >= FULL * sessions.allowed:
        most = ", ".join(f"{login} {wording.count(number)}" for login, number in sessions.by_login[:3])
        taken = f"{wording.count(sessions.total)} of {wording.count(sessions.allowed)}"
        yield finding(
            Code.SERVER_CONNECTIONS_FULL,
            name,
            f"{taken} connections are taken: {most}",
            "soon nobody gets in, a restore neither: end what holds them, or put a pooler before the server",
        )


def _long_transactions(facts: ServerFacts, rules: Rules) -> Iterator[Finding]:
    for each in facts.long_transactions:
        if each.age > rules.long_transaction:
            program = f", {each.application}" if each.application else ""
            yield finding(
                Code.SERVER_LONG_TRANSACTION,
                f"process {each.pid}",
                f"open for {wording.duration(each.age)} by {each.login}{program}",
                f"it holds back vacuum and may block migrations; "
                f"`SELECT pg_terminate_backend({each.pid})` ends it",
            )


def _clients(facts: ServerFacts) -> Iterator[Finding]:
    if (missing := facts.missing_client) is not None:
        yield finding(
            Code.SERVER_CLIENT_MISSING,
            "pg_dump and pg_restore",
            f"those of PostgreSQL {missing.major} are not on this machine, {_without(missing)}; "
            f"looked in {missing.looked_in}",
            f"install postgresql-client-{missing.major}, or name its folder in `programs.directories`",
        )
    for client in facts.vulnerable_clients:
        yield finding(
            Code.SERVER_CLIENT_VULNERABLE,
            client.program,
            f"{client.version} lacks security fixes that came with {client.floor}",
            "install the newer release of the same major, and name its folder in `programs.directories`",
        )


def _without(missing: MissingClient) -> str:
    if not missing.instead:
        return "and no backup can be made or tested without them"
    return f"and {missing.instead} is used instead: what it dumps may not go back to a {missing.major}"


def _rights(facts: ServerFacts) -> Iterator[Finding]:
    login = facts.login or "the login"
    if facts.superuser:
        yield finding(
            Code.SERVER_SUPERUSER,
            login,
            "the bot connects as superuser: code of a table's owner, such as an index's function, runs as "
            "one when the table is counted",
            "give it a login of its own: `CREATE ROLE … LOGIN; GRANT pg_read_all_data, pg_read_all_stats "
            "TO …`",
        )
    if facts.one_login:
        yield finding(
            Code.SERVER_ONE_LOGIN,
            login,
            "reading and restoring use the same login",
            "name a login of its own for restoring: `restore_dsn`",
        )
