"""What is known beside the state: the backups, the server and the programs for it, the people."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bot import wording
from bot.config import Database
from bot.config.dsn import target
from bot.domain.observation import (
    BackupFacts,
    MissingClient,
    PolicyFacts,
    ServerFacts,
    Unreadable,
    Unseen,
    VulnerableClient,
)
from bot.domain.state import State
from bot.errors import NotFound, Refused
from bot.operations import catalogue, swap_proofs
from bot.operations.services import Services
from bot.postgres import installation
from bot.postgres.connection import Unreachable, connect
from bot.postgres.facts import read_server_facts, replication_now
from bot.repository.faults import BackupFault, Fault
from bot.repository.storage import ephemeral, free_bytes
from bot.slack.directory import Directory, why_unfit
from bot.slack.trouble import NO_ANSWER, trouble_of
from bot.store import backups, drills

#: How long a server is waited for by somebody who only wants to see it, in seconds.
HASTE = 2.0


def backup_facts(services: Services, name: str) -> BackupFacts:
    database = services.database(name)
    known = catalogue.known(services, name)
    with services.store.transaction() as connection:
        failure, drill = backups.last_failure(connection, name), drills.newest(connection, name)
    unsigned, unreadable = _untrusted(services, name)
    newer_failure = failure is not None and (not known or failure[0] > known[0].manifest.created_at)
    return BackupFacts(
        backups=known,
        last_failure=failure[1] if failure and newer_failure else "",
        max_age=database.backup.max_age,
        same_host=_on_this_machine(database.dsn.get_secret_value()),
        ephemeral=_ephemeral(services.repository.root),
        unsigned=unsigned,
        unreadable=unreadable,
        key_not_exported=not services.repository.keys.exported,
        key_lost=services.repository.keys.lost,
        drill=drill,
    )


def _ephemeral(folder: Path) -> str:
    """Nothing where the folder cannot be looked at: the room that is left on it is told as unknown then."""
    try:
        return ephemeral(folder)
    except OSError:
        return ""


def _untrusted(services: Services, name: str) -> tuple[str, Unseen | None]:
    """Why backups' documents cannot be trusted, the newest one's first; empty where all are good. And why
    the repository cannot be read, where it is that.

    Asked of the repository: a catalogue that was made anew does not know what it could not read.
    """
    try:
        return "; ".join(entry.problem.reason for entry in catalogue.untrusted(services, name)), None
    except BackupFault as fault:
        if fault.fault is not Fault.UNREADABLE:
            return fault.reason, None
        return "", Unseen(what="repository", reason=fault.reason, hint=fault.hint)


def server_facts(services: Services, name: str, state: State | Unreadable) -> ServerFacts:
    """What the server, the programs for it and the repository's folder say beside the data."""
    database, known = services.database(name), ServerFacts()
    if not isinstance(state, Unreadable):
        known = _with_clients(
            _ask_server(database),
            state.identity.major,
            services.settings.programs.directories,
            on_this_machine=_on_this_machine(database.dsn.get_secret_value()),
        )
        if (proof := swap_proofs.current(services, name)) is not None:
            known = replace(known, cannot_restore=proof.cannot_restore, cannot_swap=proof.cannot_swap)
    return _with_room(known, services.repository.root)


def _with_room(known: ServerFacts, folder: Path) -> ServerFacts:
    try:
        return replace(known, repository_free_bytes=free_bytes(folder))
    except OSError as error:
        unseen = Unseen(
            what="repository",
            reason=f"how much room is left is not known: {error.strerror}",
            hint=f"look whether {folder} can be reached, and who may enter it",
        )
        return replace(known, unseen=(*known.unseen, unseen))


def _ask_server(database: Database) -> ServerFacts:
    try:
        with connect(database.dsn.get_secret_value(), purpose="facts") as connection:
            return read_server_facts(
                connection,
                one_login=database.restore_dsn is None,
                long_transaction=database.long_transaction,
            )
    except Unreachable as away:
        reason = f"it could not be asked about itself: {away.reason}"
        return ServerFacts(unseen=(Unseen(what="server", reason=reason, hint=away.hint),))


def replication(services: Services, name: str) -> ServerFacts:
    """Who follows the server, asked now; why that is not known is among the unseen."""
    try:
        return replication_now(services.database(name).dsn.get_secret_value(), HASTE)
    except (Unreachable, Refused) as away:
        return ServerFacts(unseen=(Unseen(what="server", reason=away.reason, hint=away.hint),))


def _with_clients(
    known: ServerFacts, major: int, directories: Sequence[Path], *, on_this_machine: bool
) -> ServerFacts:
    """What is to be said of the programs for a server of this major; their holes let other machines in."""
    missing = MissingClient(major=major, looked_in=installation.looked_in(directories))
    try:
        programs = installation.find(major, directories)
    except NotFound:
        return replace(known, missing_client=missing)
    found, floor = wording.version(programs.version), installation.below_security_floor(programs)
    if programs.major != major:
        known = replace(known, missing_client=replace(missing, instead=found))
    if floor is not None and not on_this_machine:
        vulnerable = VulnerableClient(program="pg_dump and pg_restore", version=found, floor=floor)
        known = replace(known, vulnerable_clients=(vulnerable,))
    return known


def policy_facts(services: Services, name: str) -> PolicyFacts:
    """Who could turn the second key; not known where Slack is not reached."""
    database = services.database(name)
    directory = services.directory
    if directory is None:
        return PolicyFacts(approvals=database.approvals)
    eligible, problem = _eligible(directory, database.approvers)
    return PolicyFacts(
        approvals=database.approvals,
        eligible_approvers=eligible,
        approvers_problem=problem,
        channel_problem="; ".join(
            filter(None, (_channel_problem(directory, name) for name in _channels(database)))
        ),
    )


def _eligible(directory: Directory, approvers: Sequence[str]) -> tuple[int | None, str]:
    """How many could approve, None where Slack does not say; and what kept some or all from being known."""
    try:
        resolved = directory.resolve(approvers)
    except NO_ANSWER as error:
        return None, trouble_of(error).reason
    return len(resolved.eligible(directory.team_id)), "; ".join(resolved.problems)


def _channels(database: Database) -> Sequence[str]:
    """Where people decide, and where deployments are told."""
    return tuple(dict.fromkeys((database.channel, database.incidents)))


def _channel_problem(directory: Directory, name: str) -> str:
    try:
        return why_unfit(directory, name)
    except NO_ANSWER as error:
        return f"#{name} could not be looked at: {trouble_of(error).reason}"


def _on_this_machine(dsn: str) -> bool:
    """Whether every server that the connection string names is here; False where a file elsewhere says."""
    found = target(dsn)
    if found is None or "service" in conninfo_to_dict(dsn):
        return False
    return all(host == "loopback" for host, _ in found.servers)
