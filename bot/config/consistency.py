"""What no single key can be blamed for: databases that are one, a state or a key in the wrong place.

Looks at the data as it was read, so that these faults are told together with all others.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from bot.config.dsn import Target, target
from bot.config.paths import absolute
from bot.config.values import read_folder_url
from bot.errors import SecondkeyError

_LOGINS = ("dsn", "restore_dsn", "admin_dsn")


def inconsistencies(data: Mapping[str, Any], folder: Path) -> Iterator[SecondkeyError]:
    """Every contradiction between keys; what cannot be read is left to the models."""
    sections = _section(data, "databases")
    databases = {name: _section(sections, name) for name in sections}
    targets = {name: found for name, each in databases.items() if (found := _target(each, "dsn"))}
    yield from _names(list(databases))
    yield from _same_place(targets)
    yield from _restoring_elsewhere(databases, targets)
    yield from _administrating_elsewhere(databases, targets)
    yield from _drilling_on_protected(databases)
    yield from _state_beside(_target(_section(data, "state"), "dsn"), databases)
    yield from _key_beside(data, folder)


def _section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = data.get(name)
    return section if isinstance(section, dict) else {}


def _target(section: Mapping[str, Any], key: str) -> Target | None:
    dsn = section.get(key)
    return target(dsn) if isinstance(dsn, str) else None


def _names(names: list[str]) -> Iterator[SecondkeyError]:
    for one, other in combinations(names, 2):
        if one.casefold() == other.casefold():
            yield SecondkeyError(
                f"databases.{other}: has the name of databases.{one}",
                "names are read without regard to case: give one of them another",
            )


def _same_place(targets: Mapping[str, Target]) -> Iterator[SecondkeyError]:
    for (one, here), (other, there) in combinations(targets.items(), 2):
        if here.database == there.database and here.servers & there.servers:
            yield SecondkeyError(
                f"databases.{other}.dsn: leads to the same database as databases.{one}: {there.text}",
                "protect it once: two baselines of one database would contradict each other",
            )


def _restoring_elsewhere(
    databases: Mapping[str, Mapping[str, Any]], targets: Mapping[str, Target]
) -> Iterator[SecondkeyError]:
    for name, reading in targets.items():
        restoring = _target(databases[name], "restore_dsn")
        if restoring is None:
            continue
        if restoring.database != reading.database or not restoring.servers & reading.servers:
            yield SecondkeyError(
                f"databases.{name}.restore_dsn: leads to {restoring.text}, and dsn to {reading.text}",
                "both must lead to one database, with two logins",
            )


def _administrating_elsewhere(
    databases: Mapping[str, Mapping[str, Any]], targets: Mapping[str, Target]
) -> Iterator[SecondkeyError]:
    """Its database does not matter: every session of it names one."""
    for name, reading in targets.items():
        admin = _target(databases[name], "admin_dsn")
        if admin is not None and not admin.servers & reading.servers:
            yield SecondkeyError(
                f"databases.{name}.admin_dsn: leads to {admin.text}, and dsn to {reading.text}",
                "both must lead to one server",
            )


def _drilling_on_protected(databases: Mapping[str, Mapping[str, Any]]) -> Iterator[SecondkeyError]:
    for name, database in databases.items():
        staging = _target(_section(database, "drill"), "staging_dsn")
        for other in databases:
            if staging is not None and any(
                staging.servers & each.servers for each in _logins(databases[other])
            ):
                yield SecondkeyError(
                    f"databases.{name}.drill.staging_dsn: leads to the server of databases.{other}, which is "
                    f"protected: {staging.text}",
                    "name another server; without one, backups are restored in a throw-away cluster",
                )


def _logins(database: Mapping[str, Any]) -> list[Target]:
    return [found for key in _LOGINS if (found := _target(database, key))]


def _state_beside(
    state: Target | None, databases: Mapping[str, Mapping[str, Any]]
) -> Iterator[SecondkeyError]:
    if state is None:
        return
    for name, database in databases.items():
        if any(state.servers & each.servers for each in _logins(database)):
            yield SecondkeyError(
                f"state.dsn: leads to the server of databases.{name}, which is protected: {state.text}",
                "what is lost there would take the bot's memory with it, and its owner could edit it: "
                "name another server, or use state.directory",
            )


def _key_beside(data: Mapping[str, Any], folder: Path) -> Iterator[SecondkeyError]:
    repository = _section(data, "repository")
    key = _path(repository.get("signing_key"), folder)
    places = {
        "the state directory": _path(_section(data, "state").get("directory"), folder),
        "the repository": _path(_folder(repository.get("url")), folder),
    }
    for what, place in places.items():
        if key is not None and place is not None and key.is_relative_to(place):
            yield SecondkeyError(
                f"repository.signing_key: lies in {what}",
                "whoever takes or loses that folder would take or lose the key as well: name another place",
            )


def _folder(url: Any) -> str | None:
    try:
        return read_folder_url(url)
    except ValueError:
        return None


def _path(value: Any, folder: Path) -> Path | None:
    path = absolute(value, folder) if isinstance(value, str) and value else None
    return path.resolve() if path else None
