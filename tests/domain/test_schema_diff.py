"""What changed between two dumps of a schema."""

from bot.domain.schema_diff import difference


def dump(**objects: str) -> str:
    """As pg_dump writes tables of the schema `public`."""
    heads = "--\n-- Name: {name}; Type: TABLE; Schema: public; Owner: app\n--\n\n{statements}\n\n"
    return "SET row_security = off;\n\n" + "".join(
        heads.format(name=name, statements=statements) for name, statements in objects.items()
    )


USER = 'CREATE TABLE public."User" (\n    id integer,\n    name text\n);'


def test_equal_schemas_have_no_difference() -> None:
    found = difference(dump(User=USER), dump(User=USER))
    assert not found
    assert (found.lines, found.text) == ((), "")


def test_a_changed_table_is_told_line_by_line_and_the_others_are_not() -> None:
    other = "CREATE TABLE public.plan (\n    id integer\n);"
    after = dump(User=USER.replace("text", "text,\n    email text"), plan=other)
    found = difference(dump(User=USER, plan=other), after)
    assert found.objects == ("TABLE public.User",)
    assert found.lines[:2] == ("--- TABLE public.User", "+++ TABLE public.User")
    assert [line for line in found.lines[3:] if not line.startswith(" ")] == [
        "-    name text",
        "+    name text,",
        "+    email text",
    ]


def test_what_is_new_and_what_is_gone_come_from_and_go_to_nowhere() -> None:
    found = difference(dump(User=USER), dump(users=USER))
    assert found.objects == ("TABLE public.User", "TABLE public.users")
    assert found.lines[:2] == ("--- TABLE public.User", "+++ /dev/null")
    assert "--- /dev/null\n+++ TABLE public.users" in found.text


def test_objects_that_only_changed_places_are_no_difference() -> None:
    assert not difference(dump(a="CREATE A;", b="CREATE B;"), dump(b="CREATE B;", a="CREATE A;"))


def test_a_long_difference_is_cut_and_says_how_much_is_missing() -> None:
    many = {f"t{number}": f"CREATE TABLE t{number} ();" for number in range(100)}
    found = difference(dump(), dump(**many), limit=10)
    assert (len(found.lines), len(found.objects), found.left_out) == (10, 100, 390)
    assert found.text.endswith("\n… 390 more lines")


def test_a_line_without_end_is_cut() -> None:
    found = difference(dump(), dump(long="x" * 10_000))
    assert max(map(len, found.lines)) == 400
