"""How far a running pg_restore is, by what it says of itself."""

from bot.postgres.pg_restore import how_far

SAID = """\
pg_restore: processing item 3402 ENCODING ENCODING
pg_restore: processing item 215 TABLE User
pg_restore: entering main parallel loop
pg_restore: launching item 3390 TABLE DATA User
pg_restore: launching item 3391 TABLE DATA Invoice
pg_restore: finished item 3390 TABLE DATA User
"""
ITEMS = frozenset({215, 3390, 3391, 3240})


def test_what_is_done_is_counted_of_what_there_is_to_do() -> None:
    assert how_far(SAID, ITEMS) == "restoring TABLE DATA Invoice, 2 of 4 items"


def test_the_end_is_all_of_them_whatever_is_said_twice() -> None:
    said = "".join(f"pg_restore: finished item {item} X y\n" for item in (*ITEMS, *ITEMS))
    assert how_far(SAID + said, ITEMS).endswith(", 4 of 4 items")


def test_before_anything_was_begun_there_is_nothing_to_tell() -> None:
    assert how_far("", ITEMS) == ""
    assert how_far("pg_restore: connecting to database for restore\n", ITEMS) == ""
