"""The migrations of what is restored beside those of the live database."""

from dataclasses import replace

from bot.domain.migrations import MigrationState
from bot.domain.restoring.schema import compare
from tests import builders as b


def test_migrations_that_only_the_live_database_has_are_named() -> None:
    schema = compare(b.history("1_init", "2_vat"), b.history("1_init", "2_vat", "3_quotes"))
    assert schema is not None
    assert (schema.then, schema.now, schema.newer, schema.missing) == (2, 3, ("3_quotes",), ())


def test_an_emptied_history_misses_all_of_them() -> None:
    schema = compare(b.history("1_init"), b.history(present=False))
    assert schema is not None
    assert (schema.now, schema.missing) == (0, ("1_init",))
    assert compare(b.history("1_init"), None) == schema


def test_what_did_not_finish_does_not_count() -> None:
    failed = b.migration("2_vat", MigrationState.FAILED)
    schema = compare(b.history("1_init"), b.history("1_init", failed))
    assert schema is not None
    assert schema.newer == ()


def test_heads_alone_are_said_to_be_heads() -> None:
    then, now = (replace(b.history(name), heads_only=True) for name in ("b2", "c3"))
    schema = compare(then, now)
    assert schema is not None
    assert (schema.heads_only, schema.missing, schema.newer) == (True, ("b2",), ("c3",))


def test_nothing_is_said_where_one_cannot_be_read() -> None:
    assert compare(None, b.history("1_init")) is None
    assert compare(b.history("1_init"), b.history(problem="denied")) is None
    assert compare(b.history(problem="denied"), b.history("1_init")) is None
