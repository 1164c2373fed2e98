"""Refusals before anything is touched: each names its cure, and the cure works."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.backup import Manifest, Tools
from bot.domain.state import Role
from bot.errors import NotFound, Refused
from bot.postgres.archive_list import read_entries
from bot.postgres.candidate import JOBS, Source
from bot.postgres.installation import installations
from bot.postgres.lease import maintenance
from bot.postgres.readiness import Readiness, check, check_swap, restoring_programs
from bot.postgres.restore_plan import plan_restore
from bot.postgres.tables import quoted
from tests.postgres.archives import server_programs
from tests.postgres.protected import Protected
from tests.postgres.reading import MakeRole


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "a.dump"


def look(
    ledger: Protected,
    source: Source,
    *,
    has_admin: bool = False,
    manifest: Manifest | None = None,
    jobs: int = JOBS,
    dsn: str | None = None,
) -> Readiness:
    plan = plan_restore(read_entries(source.archive))
    with maintenance(dsn or ledger.dsn, purpose="plan") as connection:
        return check(
            connection, ledger.names.live, manifest or source.manifest, plan, jobs=jobs, has_admin=has_admin
        )


def cured(ledger: Protected, source: Source, hint: str) -> None:
    """Run what the hint says, and find nothing in the way."""
    for statement in hint.split("`")[1].split(";"):
        if statement.strip():
            ledger.superuser(statement)
    assert look(ledger, source).refusals == ()


def test_the_role_that_is_enough_is_refused_nothing(ledger_everywhere: Protected, archive: Path) -> None:
    ledger = ledger_everywhere
    ready = look(ledger, ledger.back_up(archive))
    assert (ready.refusals, ready.left_out, ready.owner) == ((), (), ledger.owner)


@pytest.mark.parametrize(
    ("lack", "reason"),
    [
        ("ALTER ROLE {bot} NOCREATEDB", "may not create databases"),
        ("REVOKE {owner} FROM {bot}", "is not a member of"),
        ("REVOKE pg_signal_backend FROM {bot}", "may not end other people's sessions"),
        ("ALTER ROLE {bot} CREATEROLE", "may create roles"),
        ("GRANT postgres TO {bot}", "is a member of postgres"),
        ("GRANT pg_execute_server_program TO {bot}", "is a member of pg_execute_server_program"),
        (
            "ALTER ROLE {bot} NOINHERIT; REVOKE {owner} FROM {bot}; GRANT {owner} TO {bot}",
            "is not a member of",
        ),
    ],
)
def test_each_right_too_few_or_too_many_is_refused_with_a_cure(
    ledger_everywhere: Protected, archive: Path, lack: str, reason: str
) -> None:
    ledger = ledger_everywhere
    source = ledger.back_up(archive)
    for statement in lack.format(bot=ledger.bot, owner=quoted(ledger.owner)).split(";"):
        ledger.superuser(statement)
    try:
        refusals = look(ledger, source).refusals
        assert {refusal.code for refusal in refusals} == {"not-granted"}
        (refusal,) = [refusal for refusal in refusals if reason in refusal.reason]
        cured(ledger, source, refusal.hint)
    finally:
        ledger.superuser(f"REVOKE postgres FROM {ledger.bot}")


def test_a_superuser_never_restores(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    (refusal,) = look(ledger, source, dsn=ledger.admin_dsn).refusals
    assert "is a superuser, and what an archive runs would be one too" in refusal.reason


def test_a_database_that_belongs_to_a_superuser_is_refused(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    ledger.superuser(f"ALTER DATABASE {quoted(ledger.names.live)} OWNER TO postgres")
    (refusal,) = look(ledger, source).refusals
    assert "belongs to postgres, a superuser" in refusal.reason
    assert f"ALTER DATABASE {quoted(ledger.names.live)} OWNER TO …" in refusal.hint


def test_one_that_is_gone_and_belonged_to_a_superuser_is_restored_as_the_logins_own(
    ledger: Protected, archive: Path
) -> None:
    ledger.superuser(f"ALTER DATABASE {quoted(ledger.names.live)} OWNER TO postgres")
    source = ledger.back_up(archive)
    ledger.superuser(f"DROP DATABASE {quoted(ledger.names.live)}")
    ready = look(ledger, source)
    assert (ready.refusals, ready.owner) == ((), ledger.bot)
    assert f"postgres as the database's owner: it will be {ledger.bot}" in ready.left_out


def test_missing_roles_are_listed_as_statements_that_cure(
    ledger_everywhere: Protected, make_role: MakeRole, archive: Path
) -> None:
    ledger = ledger_everywhere
    source = ledger.back_up(archive)
    lost, odd = f"{ledger.bot}_lost", f'{ledger.bot} it\'s "odd" 🗝️'
    roles = (
        *source.manifest.roles,
        Role(name=lost, attributes=("createdb", "login")),
        Role(name=odd, attributes=(), member_of=(lost,)),
    )
    manifest = replace(source.manifest, roles=roles)
    (refusal,) = look(ledger, source, manifest=manifest).refusals
    assert refusal.code == "role-missing"
    assert "passwords are not in backups" in refusal.hint
    assert look(ledger, source, manifest=manifest, has_admin=True).missing_roles == (
        Role(name=odd, attributes=(), member_of=(lost,)), Role(name=lost, attributes=("createdb", "login")),
    )  # fmt: skip
    cured(ledger, Source(archive=archive, manifest=manifest, programs=ledger.programs), refusal.hint)
    assert ledger.superuser("SELECT pg_has_role(%s, %s, 'MEMBER')", [odd, lost]) == [(True,)]


def test_who_owns_things_in_the_backup_must_be_somebody_the_login_may_become(
    ledger_everywhere: Protected, archive: Path
) -> None:
    ledger = ledger_everywhere
    other = f"{ledger.bot}_other"
    ledger.superuser(f"CREATE ROLE {other}")
    ledger.database.execute(f"CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO {other}")
    source = ledger.back_up(archive)
    (refusal,) = look(ledger, source).refusals
    assert f"is not a member of {other}, who owns things in the backup" in refusal.reason
    cured(ledger, source, refusal.hint)


def test_what_superusers_own_is_said_in_the_plan(ledger: Protected, archive: Path) -> None:
    ledger.database.execute("CREATE TABLE root (id int); CREATE VIEW roots AS SELECT * FROM root")
    ready = look(ledger, ledger.back_up(archive))
    assert ready.refusals == ()
    (left,) = ready.left_out
    assert left.startswith(f"postgres as the owner of 2 objects: {ledger.bot} will own them")


def test_an_extension_that_only_a_superuser_may_create_needs_the_administrators_login(
    ledger: Protected, archive: Path
) -> None:
    ledger.database.execute("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION citext")
    source = ledger.back_up(archive)
    (refusal,) = look(ledger, source).refusals
    assert refusal.code == "extension-missing"
    assert 'it runs `CREATE EXTENSION "pg_stat_statements";` and nothing of the backup' in refusal.hint
    ready = look(ledger, source, has_admin=True)
    assert (ready.refusals, ready.for_admin) == ((), {"pg_stat_statements"})


def test_an_extension_that_is_not_installed_is_refused_whoever_helps(
    ledger: Protected, archive: Path
) -> None:
    ledger.database.execute("CREATE EXTENSION citext")
    source = ledger.back_up(archive)
    plan = replace(plan_restore(read_entries(archive)), extensions=("citext", "postgis"))
    with maintenance(ledger.dsn, purpose="plan") as connection:
        ready = check(connection, ledger.names.live, source.manifest, plan, jobs=2, has_admin=True)
    (refusal,) = ready.refusals
    assert (refusal.code, "postgis" in refusal.reason) == ("extension-missing", True)


def test_an_archive_of_a_newer_major_is_refused(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    future = replace(source.manifest, tools=Tools(pg_dump=990001, server=990001, secondkey="0.1.0"))
    (refusal,) = look(ledger, source, manifest=future).refusals
    assert (refusal.code, "PostgreSQL 99" in refusal.reason) == ("newer-major", True)
    with pytest.raises(Refused):
        restoring_programs(future, 17)


def test_too_few_sessions_are_told_with_figures(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    (refusal,) = look(ledger, source, jobs=10_000).refusals
    assert "restoring takes 10003 sessions" in refusal.reason
    ledger.superuser(f"ALTER ROLE {ledger.bot} CONNECTION LIMIT 3")
    (refusal,) = look(ledger, source).refusals
    assert f"restoring takes 5 sessions, and {ledger.bot} can open 2" in refusal.reason


@pytest.mark.parametrize("programs", server_programs())
def test_programs_are_of_the_servers_major(ledger: Protected, archive: Path, programs: Source) -> None:
    source = ledger.back_up(archive)
    for each in installations():
        tools = Tools(pg_dump=each.version, server=each.version, secondkey="0.1.0")
        state = source.manifest.state
        identity = replace(state.identity, server_version=each.version)
        manifest = replace(source.manifest, tools=tools, state=replace(state, identity=identity))
        assert restoring_programs(manifest, each.major).major == each.major
        assert restoring_programs(manifest, 99).major == max(other.major for other in installations())
        with pytest.raises(Refused):
            restoring_programs(manifest, each.major - 1)


def test_an_undo_asks_for_both_databases(ledger: Protected) -> None:
    aside = quoted(ledger.names.aside)
    ledger.superuser(f"CREATE DATABASE {aside} OWNER {quoted(ledger.owner)} STRATEGY FILE_COPY")

    def refusals() -> list[str]:
        with maintenance(ledger.dsn, purpose="plan") as connection:
            return [each.reason for each in check_swap(connection, ledger.names.live, ledger.names.aside)]

    assert refusals() == []
    ledger.superuser(f"ALTER DATABASE {aside} OWNER TO postgres")
    ledger.superuser(f"ALTER ROLE {ledger.bot} NOCREATEDB")
    creating, owning = refusals()
    assert "may not create databases, nor rename them" in creating
    assert f"{ledger.names.aside} belongs to postgres" in owning


def test_programs_that_are_not_here_are_named(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    future = replace(source.manifest, tools=Tools(pg_dump=970001, server=970001, secondkey="0.1.0"))
    with pytest.raises(NotFound, match="pg_restore of PostgreSQL 99 is not on this machine"):
        restoring_programs(future, 99)
