"""What the bot says when it starts: everything that the configuration was resolved to."""

from collections.abc import Iterator, Sequence

from bot import wording
from bot.config import Database
from bot.domain.people import Person, ineligible
from bot.errors import SecondkeyError
from bot.operations.services import Services
from bot.postgres import installation
from bot.postgres.connection import connect, describe
from bot.slack.trouble import NO_ANSWER, trouble_of


def report(services: Services) -> str:
    """Databases, channels, the people behind each entry, programs, and where backups go."""
    return "\n".join(map(wording.visible, _lines(services)))


def _lines(services: Services) -> Iterator[str]:
    slack, repository = services.slack, services.repository
    yield f"Secondkey is running in {slack.team} ({slack.team_id})"
    yield f"backups go to {repository.root}, signed with {repository.keys.fingerprint}"
    if not repository.keys.exported:
        yield "  the signing key has no copy elsewhere yet: secondkey keys export FILE"
    yield f"programs: {', '.join(_programs(services)) or 'none found'}"
    for name, database in services.settings.databases.items():
        yield from _database(services, name, database)


def _programs(services: Services) -> list[str]:
    found = installation.installations(services.settings.programs.directories)
    return [f"PostgreSQL {wording.version(each.version)} in {each.directory}" for each in found]


def _database(services: Services, name: str, database: Database) -> Iterator[str]:
    yield f"{name} ({database.environment}): {describe(database.dsn.get_secret_value())}"
    yield f"  server: {_server(database)}"
    yield f"  requests and results in {_channel(services, database.channel)}"
    yield f"  alerts in {_channel(services, database.incidents)}"
    if database.requesters:
        yield from _people(services, "may ask", database.requesters)
    else:
        yield f"  may ask: the full members who are in #{database.channel}"
    yield from _people(services, "may approve", database.approvers)


def _server(database: Database) -> str:
    try:
        with connect(
            database.dsn.get_secret_value(),
            purpose="start",
            maintenance_database=database.maintenance_database,
        ) as connection:
            return f"PostgreSQL {wording.version(connection.info.server_version)}"
    except SecondkeyError as away:
        return f"cannot be read now: {away.reason}"


def _channel(services: Services, name: str) -> str:
    try:
        channel = services.slack.channel(name)
    except SecondkeyError as missing:
        return f"#{name}: {missing.reason}"
    except NO_ANSWER as error:
        return f"#{name}: {trouble_of(error).reason}"
    return f"#{channel.name}" + (f" (which {channel.problem})" if channel.problem else "")


def _people(services: Services, what: str, entries: Sequence[str]) -> Iterator[str]:
    try:
        resolved = services.slack.resolve(entries)
    except NO_ANSWER as error:
        yield f"  {what}: {', '.join(entries)} (not looked up: {trouble_of(error).reason})"
        return
    for entry, people in resolved.people:
        yield f"  {what}: {entry} = {', '.join(_person(services, person) for person in people) or 'nobody'}"
    for problem in resolved.problems:
        yield f"  not resolved: {problem}"


def _person(services: Services, person: Person) -> str:
    reason = ineligible(person, team_id=services.slack.team_id)
    return f"{person.name} ({person.id}{f', {reason}' if reason else ''})"
