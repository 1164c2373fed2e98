"""What the chart of a deployment's report shows, and the words for whoever does not see it."""

from bot.domain.deploying.row_counts import LINES, RELEASES, REMEMBERED, Step, counted, over_releases
from tests.builders import state, table


def step(release: str, **tables: tuple[int | None, int | None]) -> Step:
    return Step(
        release=release,
        before={name: before for name, (before, _) in tables.items()},
        after={name: after for name, (_, after) in tables.items()},
    )


def test_the_largest_tables_of_either_side_are_remembered_on_both() -> None:
    tables = [table(f"t{number:02}", rows=number) for number in range(REMEMBERED + 5)]
    emptied = [table(f"t{number:02}", rows=0) for number in range(REMEMBERED + 5)]
    found = counted(state(*tables), state(*emptied, table("made", rows=1000)))
    assert len(found["before"]) == REMEMBERED - 1
    assert found["before"].keys() == found["after"].keys() - {"made"}
    assert (found["before"]["t54"], found["after"]["t54"], found["after"]["made"]) == (54, 0, 1000)


def test_rows_that_belong_to_other_tables_are_not_counted_twice() -> None:
    found = counted(state(table("view", rows=9, derived=True), table("User", rows=3)), state())
    assert found == {"before": {"User": 3}, "after": {}}


def test_a_line_has_the_rows_before_and_after_each_release() -> None:
    shown = over_releases("ledger", [step("v1", User=(5, 6)), step("v2", User=(7, 0))])
    assert (shown.releases, [line.rows for line in shown.lines]) == (("v1", "v2"), [(5, 6, 7, 0)])


def test_a_table_that_was_made_or_dropped_has_no_rows_where_it_was_not_and_else_nothing_is_made_up() -> None:
    made = Step(release="v2", before={}, after={"vat": 4})
    dropped = Step(release="v3", before={"vat": 4}, after={})
    shown = over_releases("ledger", [step("v1", User=(5, None)), made, dropped])
    rows = {line.table: line.rows for line in shown.lines}
    assert rows == {"vat": (None, None, 0, 4, 4, 0), "User": (5, None, None, None, None, None)}


def test_a_table_that_was_never_counted_is_not_shown() -> None:
    shown = over_releases("ledger", [step("v1", User=(5, 5), Locked=(None, None))])
    assert [line.table for line in shown.lines] == ["User"]


def test_what_lost_most_is_shown_before_what_is_largest_and_the_last_releases_alone() -> None:
    many = {f"large{number}": (1000 + number, 1000 + number) for number in range(LINES)}
    steps = [step(f"v{number}", **many, small=(10, 9)) for number in range(RELEASES + 3)]
    shown = over_releases("ledger", steps)
    assert shown.releases == tuple(f"v{number}" for number in range(3, RELEASES + 3))
    assert [line.table for line in shown.lines] == [*(f"large{n}" for n in (5, 4, 3, 2, 1)), "small"]


def test_the_words_name_the_worst_table_and_what_each_holds_now() -> None:
    shown = over_releases(
        "ledger", [step("v1", User=(500, 500), Plan=(10, 9)), step("v2", User=(500, 0), Plan=(9, None))]
    )
    assert shown.words == (
        "Rows of ledger over the last 2 deployments: User fell from 500 to 0 in v2. After v2: User 0, Plan ?."
    )


def test_the_words_say_where_nothing_fell() -> None:
    shown = over_releases("ledger", [step("v1", User=(1200, 1200)), step("v2", User=(1200, 1250))])
    assert "no table fell in any of them. After v2: User 1,250." in shown.words
