"""The table of contents of real archives, and of damaged ones; what of it an ordinary login restores."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.omission import CatalogId
from bot.errors import CommandFailed
from bot.postgres.archive_list import Entry, read_entries
from bot.postgres.installation import Installation
from bot.postgres.restore_plan import as_list, plan_restore
from bot.postgres.server import Server
from tests import servers
from tests.postgres.archives import EVERYTHING, back_up, server_programs


@pytest.fixture(scope="module", params=server_programs())
def programs(request: pytest.FixtureRequest) -> Installation:
    chosen: Installation = request.param
    return chosen


@pytest.fixture(scope="module")
def archive(programs: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The archive of a database with a little of everything, made by each set of programs that is here."""
    folder = tmp_path_factory.mktemp("archive")
    server = Server(folder / "server", programs, durable=False)
    server.start()
    try:
        database = servers.new_database(server)
        database.execute(EVERYTHING)
        back_up(folder / "a.dump", database.dsn, programs)
        yield folder / "a.dump"
    finally:
        server.delete()


def listed(programs: Installation, archive: Path, *options: str) -> list[str]:
    """What `pg_restore -l` has to say, without its remarks."""
    command = [programs.program("pg_restore"), "-l", *options, archive]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if line and not line.startswith(";")]


def test_every_entry_is_read_as_pg_restore_lists_it(programs: Installation, archive: Path) -> None:
    entries = {entry.id: entry for entry in read_entries(archive)}
    lines = listed(programs, archive)
    assert len(lines) > 50
    for line in lines:
        number, _, rest = line.partition("; ")
        entry = entries[int(number)]
        words = " ".join([entry.kind, entry.schema or "-", entry.name, entry.owner]).replace("\n", " ")
        assert rest.split(" ", 2)[2].rstrip() == words.rstrip()


def test_what_is_left_out_is_exactly_what_an_ordinary_login_may_not_make(archive: Path) -> None:
    plan = plan_restore(read_entries(archive))
    said = {str(entry) for entry in plan.left_out}
    assert said >= {
        "event trigger audit_ddl",
        "comment on EVENT TRIGGER audit_ddl",
        "publication everything",
        "user mapping app SERVER far",
        "grants on LANGUAGE plpgsql",
        'grants on TABLE "my table"',
    }
    assert (
        len([word for word in said if word.startswith("grants on FUNCTION pg_stat_statements_reset(")]) == 1
    )
    assert len(said) == 7


def test_extensions_are_ours_to_create_in_the_order_in_which_they_need_each_other(archive: Path) -> None:
    plan = plan_restore(read_entries(archive))
    assert set(plan.extensions) == {"pg_stat_statements", "citext", "cube", "earthdistance", "postgres_fdw"}
    assert plan.extensions.index("cube") < plan.extensions.index("earthdistance")
    kinds = {entry.kind for entry in (*plan.schemas, *plan.rest)}
    assert "EXTENSION" not in kinds
    assert not any("EXTENSION" in entry.name for entry in plan.rest)


def test_schemas_come_first_and_nothing_twice(archive: Path) -> None:
    plan = plan_restore(read_entries(archive))
    assert {entry.name for entry in plan.schemas} == {"my schema", "ext", "secondkey"}
    numbers = [entry.id for entry in (*plan.schemas, *plan.rest, *plan.left_out)]
    assert len(numbers) == len(set(numbers))


def test_pg_restore_takes_the_list_as_it_is(programs: Installation, archive: Path, tmp_path: Path) -> None:
    plan = plan_restore(read_entries(archive))
    (tmp_path / "list").write_text(as_list(plan.rest))
    lines = listed(programs, archive, f"--use-list={tmp_path / 'list'}")
    assert [int(line.partition(";")[0]) for line in lines] == [entry.id for entry in plan.rest]


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_refused_in_words_or_still_reads(
    archive: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(archive.read_bytes()[:40_000])
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "damaged.dump"
    damaged.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    refused = None
    try:
        read_entries(damaged)
    except CommandFailed as error:
        refused = error
    assert refused is None or refused.reason.startswith(
        "the table of contents of damaged.dump cannot be read"
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it ends too early"),
        (b"-- PostgreSQL database dump\n", "it is no archive of pg_dump in custom format"),
        (b"PGDMP\x01\x11\x00\x04\x08\x01", r"its format 1\.17 is not known"),
        (b"PGDMP\x01\x10\x00\x04\x08\x03", "it is not in custom format"),
    ],
)
def test_what_is_no_archive_of_ours_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.dump").write_bytes(content)
    with pytest.raises(CommandFailed, match=why):
        read_entries(tmp_path / "a.dump")


def entry(number: int, kind: str, name: str, *needs: int, schema: str = "public") -> Entry:
    return Entry(
        id=number,
        kind=kind,
        schema=schema,
        name=name,
        owner="app",
        definition="",
        needs=needs,
        object=CatalogId(0, number),
    )


def test_a_table_whose_name_looks_like_something_else_is_a_table() -> None:
    entries = [
        entry(1, "TABLE", "DATABASE x"),
        entry(2, "TABLE", "EVENT TRIGGER y"),
        entry(3, "VIEW", "EXTENSION z"),
    ]
    plan = plan_restore(entries)
    assert list(plan.rest) == entries
    assert plan.left_out == ()


def test_a_remark_on_what_is_left_out_is_left_out_with_it() -> None:
    plan = plan_restore([entry(1, "OPERATOR CLASS", "ops"), entry(2, "COMMENT", "OPERATOR CLASS ops", 1)])
    assert plan.rest == ()
    assert [str(each) for each in plan.left_out] == [
        "operator class public.ops",
        "comment on OPERATOR CLASS ops",
    ]


def test_only_what_others_are_built_on_excuses_a_failure() -> None:
    plan = plan_restore(
        [entry(1, "TEXT SEARCH TEMPLATE", "words"), entry(2, "PUBLICATION", "all", schema="")]
    )
    assert [each.id for each in plan.left_out] == [1, 2]
    assert [each.id for each in plan.missed] == [1]


def test_a_grant_in_another_roles_name_is_left_out() -> None:
    grant = replace(entry(2, "ACL", "TABLE t", 1), definition="SET SESSION AUTHORIZATION app;\nGRANT …")
    plan = plan_restore([entry(1, "TABLE", "t"), grant])
    assert plan.left_out == (grant,)


def test_what_is_said_of_the_database_itself_is_no_part_of_a_restore() -> None:
    plan = plan_restore(
        [entry(1, "COMMENT", "DATABASE ledger", schema=""), entry(2, "ACL", "DATABASE x", schema="")]
    )
    assert (plan.rest, plan.left_out) == ((), ())


def test_what_nobody_can_restore_is_left_out_with_what_is_said_of_it() -> None:
    entries = [
        entry(1, "TABLE", "a"),
        entry(2, "FUNCTION", "all_of_x()"),
        entry(3, "COMMENT", "FUNCTION all_of_x()", 2),
        entry(4, "FK CONSTRAINT", "a a_x_fkey", 1),
    ]
    plan = plan_restore(entries, {CatalogId(0, 2), CatalogId(0, 4)})
    assert list(plan.rest) == entries[:1]
    assert [str(each) for each in plan.left_out] == [
        "function public.all_of_x()",
        "comment on FUNCTION all_of_x()",
        "fk constraint public.a a_x_fkey",
    ]


def test_a_partition_is_only_joined_to_a_table_that_is_there() -> None:
    parent, part = entry(1, "TABLE", "event"), entry(2, "TABLE", "event_1")
    index = entry(3, "INDEX", "event_1_idx", 2)
    joined = [entry(4, "TABLE ATTACH", "event_1", 2, 1), entry(5, "INDEX ATTACH", "event_1_idx", 3, 2, 1)]
    assert plan_restore([parent, part, index, *joined]).left_out == ()
    orphaned = [replace(each, needs=each.needs[:-1]) for each in joined]
    plan = plan_restore([part, index, *orphaned])
    assert (list(plan.rest), list(plan.left_out)) == ([part, index], orphaned)
