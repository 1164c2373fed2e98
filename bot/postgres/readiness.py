"""Whether this login can restore here and swap, asked before anything is touched; each no has its cure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bot import wording
from bot.domain.backup import Manifest
from bot.domain.state import Role
from bot.errors import NotFound, Refused
from bot.postgres.beside_plan import BesidePlan, owners, plan_beside
from bot.postgres.carry_over import properties_of
from bot.postgres.installation import Installation, installations
from bot.postgres.queries import one_row, query
from bot.postgres.restore_plan import Plan
from bot.postgres.rights import (
    ExtensionThere,
    Login,
    RoleThere,
    extensions_there,
    read_login,
    roles_there,
    usable_tablespaces,
)
from bot.postgres.swap import swap_obstacles
from bot.postgres.tables import quoted

#: Sessions beside the jobs of pg_restore: its own first one, the lease, and one that looks.
BESIDE = 3
#: Every database has it, and its only member is the database's owner.
_PUBLIC_OWNER = "pg_database_owner"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What stands between a login and a restore, and how it is done where nothing does."""

    refusals: tuple[Refused, ...]
    plan: BesidePlan
    #: who will own the candidate
    owner: str
    #: where the candidate will lie; None for where databases usually lie
    tablespace: str | None
    #: whether tables and indexes can lie where they lay
    keeps_tablespaces: bool
    #: the manifest's roles that the server lacks; also refused where there is no `admin_dsn`
    missing_roles: tuple[Role, ...]
    #: extensions that only a superuser may create, likewise
    for_admin: frozenset[str]
    #: what is not restored, or differently, in words
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What the server says."""

    login: Login
    live: str
    live_is_there: bool
    #: of the live database, or else the manifest's
    owner: str
    roles: Mapping[str, RoleThere]
    missing: tuple[Role, ...]
    extensions: Mapping[str, ExtensionThere]
    #: where databases usually lie
    usual_tablespace: str
    usable: frozenset[str]

    @property
    def become(self) -> frozenset[str]:
        may = (name for name, role in self.roles.items() if role.may_become)
        return frozenset({*may, self.login.name, _PUBLIC_OWNER})


def check(
    connection: Connection, live: str, manifest: Manifest, plan: Plan, *, jobs: int, has_admin: bool
) -> Readiness:
    """Ask the server, from its maintenance database, as the restoring login; nothing is changed.

    `plan` is the archive's. What `admin_dsn` can cure is no refusal where there is one.
    """
    facts = _ask(connection, live, manifest, plan)
    beside = plan_beside(plan, facts.become, facts.login.name)
    places = _tablespaces(plan)
    place = manifest.properties.tablespace
    own_place = place if place != facts.usual_tablespace and place in facts.usable else None
    owner = facts.owner if facts.owner in facts.become else facts.login.name
    return Readiness(
        refusals=tuple(_refusals(facts, manifest, plan, jobs, has_admin=has_admin)),
        plan=beside,
        owner=owner,
        tablespace=own_place,
        keeps_tablespaces=places <= facts.usable,
        missing_roles=facts.missing,
        for_admin=frozenset(name for name, each in facts.extensions.items() if each.needs_superuser),
        left_out=(
            *beside.left_out,
            *([] if owner == facts.owner else [f"{facts.owner} as the database's owner: it will be {owner}"]),
            *(f"tablespace {name}: not to be used here" for name in sorted(places - facts.usable)),
        ),
    )


def check_swap(connection: Connection, *databases: str) -> tuple[Refused, ...]:
    """The same where nothing is restored: for an undo, with the live database and the set-aside one."""
    login = read_login(connection)
    return (
        *refused_rights(login),
        *refused_owners(connection, login, databases),
        *(each for database in databases for each in swap_obstacles(connection, database)),
    )


def refused_owners(connection: Connection, login: Login, databases: Sequence[str]) -> Iterator[Refused]:
    """Of those databases that are there."""
    for database in databases:
        if (there := properties_of(connection, database)) is not None:
            role = roles_there(connection, [there.owner]).get(there.owner)
            yield from _refused_owner(login, database, there.owner, role)


def refused_rights(login: Login) -> Iterator[Refused]:
    """What the login lacks for restoring and swapping whatever there is, and what it has too much."""
    role = quoted(login.name)
    if login.superuser:
        yield Refused(
            "not-granted",
            f"{login.name} is a superuser, and what an archive runs would be one too",
            f"name another login as restore_dsn: `CREATE ROLE … LOGIN CREATEDB`, member of the owner and of "
            f"pg_signal_backend; {login.name} itself may be admin_dsn",
        )
        return
    for mighty in login.too_mighty:
        yield Refused(
            "not-granted",
            f"{login.name} is a member of {mighty}, and what an archive runs could use that",
            f"`REVOKE {quoted(mighty)} FROM {role}`",
        )
    if login.may_create_roles:
        yield Refused(
            "not-granted",
            f"{login.name} may create roles, and what an archive runs could use that",
            f"`ALTER ROLE {role} NOCREATEROLE`",
        )
    if not login.may_create_databases:
        yield Refused(
            "not-granted",
            f"{login.name} may not create databases, nor rename them",
            f"`ALTER ROLE {role} CREATEDB`",
        )
    if not login.may_end_sessions:
        yield Refused(
            "not-granted",
            f"{login.name} may not end other people's sessions",
            f"`GRANT pg_signal_backend TO {role}`",
        )


def _refused_owner(login: Login, database: str, owner: str, role: RoleThere | None) -> Iterator[Refused]:
    """Only its owner may close, rename and drop a database."""
    if role is None or role.may_become or owner == login.name:
        return
    if role.superuser:
        yield Refused(
            "not-granted",
            f"{database} belongs to {owner}, a superuser, whom {login.name} must not become",
            f"`ALTER DATABASE {quoted(database)} OWNER TO …` with an ordinary role, "
            f"and `GRANT … TO {quoted(login.name)}` that role",
        )
        return
    yield Refused(
        "not-granted",
        f"{login.name} is not a member of {owner}, the owner of {database}",
        membership(owner, login),
    )


def membership(role: str, login: Login) -> str:
    """What to run so that the login may act as the role and give it things."""
    member = quoted(login.name)
    if login.major >= 16:
        return f"`GRANT {quoted(role)} TO {member} WITH INHERIT TRUE, SET TRUE`"
    return f"`GRANT {quoted(role)} TO {member}; ALTER ROLE {member} INHERIT`"


def restoring_programs(manifest: Manifest, major: int, directories: Sequence[Path] = ()) -> Installation:
    """The programs that read this archive and write for a server of this major.

    Raises `Refused` for an archive of a newer major, and `NotFound` where no such programs are here.
    """
    for refusal in _refused_major(manifest, major):
        raise refusal
    oldest = manifest.tools.pg_dump // 10000
    fit = [each for each in installations(directories) if oldest <= each.major <= major]
    if not fit:
        raise NotFound(
            f"pg_restore of PostgreSQL {major} is not on this machine, and none from {oldest} on",
            f"install postgresql-client-{major}, or name its folder in programs.directories",
        )
    return max(fit, key=lambda each: each.major)


def _ask(connection: Connection, live: str, manifest: Manifest, plan: Plan) -> _Facts:
    there = properties_of(connection, live)
    owner = (there or manifest.properties).owner
    named = {role.name: role for role in manifest.roles}
    wanted = (named.keys() | owners(plan) | {owner}) - {_PUBLIC_OWNER}
    roles = roles_there(connection, wanted)
    missing = sorted(wanted - roles.keys())
    return _Facts(
        login=read_login(connection),
        live=live,
        live_is_there=there is not None,
        owner=owner,
        roles=roles,
        missing=tuple(named.get(name) or Role(name=name, attributes=()) for name in missing),
        extensions=extensions_there(connection, plan.extensions),
        usual_tablespace=one_row(connection.execute(query("default_tablespace")))[0],
        usable=usable_tablespaces(connection, _tablespaces(plan) | {manifest.properties.tablespace}),
    )


def _tablespaces(plan: Plan) -> frozenset[str]:
    return frozenset(entry.tablespace for entry in plan.rest if entry.tablespace)


def _refusals(
    facts: _Facts, manifest: Manifest, plan: Plan, jobs: int, *, has_admin: bool
) -> Iterator[Refused]:
    login = facts.login
    yield from refused_rights(login)
    if login.superuser:
        return
    role = facts.roles.get(facts.owner)
    if facts.live_is_there or not (role and role.superuser):
        yield from _refused_owner(login, facts.live, facts.owner, role)
    yield from _refused_roles(facts, owners(plan) - {facts.owner}, has_admin=has_admin)
    yield from _refused_extensions(plan.extensions, facts.extensions, has_admin=has_admin)
    yield from _refused_major(manifest, login.major)
    yield from _refused_sessions(login, jobs)


def _refused_roles(facts: _Facts, needed: Collection[str], *, has_admin: bool) -> Iterator[Refused]:
    if facts.missing and not has_admin:
        names = wording.listed([role.name for role in facts.missing])
        yield Refused(
            "role-missing",
            f"the server lacks {wording.plural(len(facts.missing), 'role')} that the backup names: {names}",
            f"passwords are not in backups: set them anew. `{' '.join(_create_roles(facts))}`",
        )
    for name, role in sorted(facts.roles.items()):
        if name in needed and not role.may_become and not role.superuser and name != facts.login.name:
            yield Refused(
                "not-granted",
                f"{facts.login.name} is not a member of {name}, who owns things in the backup",
                membership(name, facts.login),
            )


def _create_roles(facts: _Facts) -> Iterator[str]:
    """Rights of superusers are not among them: whoever runs these decides about that."""
    for role in facts.missing:
        words = [word.upper() for word in role.attributes if word != "superuser"]
        yield f"{' '.join(['CREATE ROLE', quoted(role.name), *words])};"
    for role in facts.missing:
        yield f"{membership(role.name, facts.login)[1:-1]};"
        yield from (f"GRANT {quoted(group)} TO {quoted(role.name)};" for group in role.member_of)


def _refused_extensions(
    names: Sequence[str], there: Mapping[str, ExtensionThere], *, has_admin: bool
) -> Iterator[Refused]:
    if missing := [name for name in names if name not in there]:
        yield Refused(
            "extension-missing",
            f"the server lacks extensions that the backup needs: {wording.listed(missing)}",
            "install the packages that bring them for its major",
        )
    untrusted = [name for name in names if name in there and there[name].needs_superuser]
    if untrusted and not has_admin:
        statements = " ".join(f"CREATE EXTENSION {quoted(name)};" for name in untrusted)
        yield Refused(
            "extension-missing",
            f"only a superuser may create extensions that the backup needs: {wording.listed(untrusted)}",
            f"name a superuser's login as admin_dsn: it runs `{statements}` and nothing of the backup",
        )


def _refused_major(manifest: Manifest, major: int) -> Iterator[Refused]:
    needed = max(manifest.tools.pg_dump // 10000, manifest.state.identity.major)
    if needed > major:
        yield Refused(
            "newer-major",
            f"the backup was made by PostgreSQL {needed}, and this server is {major}",
            f"point dsn at a server of {needed} or newer, or take an older backup",
        )


def _refused_sessions(login: Login, jobs: int) -> Iterator[Refused]:
    needed = jobs + BESIDE
    if login.free_sessions < needed:
        yield Refused(
            "in-the-way",
            f"restoring takes {needed} sessions, and {login.name} can open {max(0, login.free_sessions)}",
            "end idle sessions, or raise max_connections or the role's own limit",
        )
