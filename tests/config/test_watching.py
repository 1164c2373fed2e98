"""How closely a database is watched."""

from datetime import timedelta

import pytest

from tests.config.conftest import WHOLE, Load, Problems

NAME = "projectledger"


def watching(text: str) -> str:
    return f"{WHOLE}\n[databases.{NAME}.watch]\n{text}\n"


def test_every_database_is_watched_unless_it_says_otherwise(load_text: Load) -> None:
    usual = load_text(WHOLE).databases[NAME].watch
    assert (usual.enabled, usual.every) == (True, timedelta(seconds=10))
    other = load_text(watching('enabled = false\nevery = "1m"')).databases[NAME].watch
    assert (other.enabled, other.every) == (False, timedelta(minutes=1))


@pytest.mark.parametrize("every", ["0.5s", "2h", "often"])
def test_a_pace_that_cannot_be_meant_is_told(problems: Problems, every: str) -> None:
    ((told, move),) = problems(watching(f'every = "{every}"')).items()
    assert f"databases.{NAME}.watch.every" in told
    assert move
