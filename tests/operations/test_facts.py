"""What is known beside the state, and that what is not known is said."""

from pathlib import Path

import pytest

from bot.config import load
from bot.domain.observation import ServerFacts
from bot.operations.facts import _ask_server, _ephemeral, _on_this_machine, _with_clients, _with_room
from tests.operations.protected import CONFIGURATION
from tests.postgres.test_installation import fake


@pytest.mark.parametrize(
    "dsn",
    [
        "dbname=app",
        "host=/run/postgresql dbname=app",
        "host=LOCALHOST dbname=app",
        "host=127.0.0.2 dbname=app",
        "host=db.example.org hostaddr=127.0.0.1 dbname=app",
        "postgresql://bot@[::1]/app",
        "host=localhost,/tmp dbname=app",
    ],
)
def test_every_way_to_this_machine_is_known(dsn: str) -> None:
    assert _on_this_machine(dsn)


@pytest.mark.parametrize(
    "dsn",
    [
        "host=localhost hostaddr=10.0.0.5 dbname=app",
        "hostaddr=10.0.0.5 dbname=app",
        "service=production dbname=app",
        "host=db.example.org dbname=app",
        "host=localhost,db.example.org dbname=app",
        "this is no connection string",
    ],
)
def test_what_leads_or_may_lead_elsewhere_is_not_taken_for_this_machine(dsn: str) -> None:
    assert not _on_this_machine(dsn)


def test_a_server_that_cannot_be_asked_about_itself_is_unseen_and_not_fine(tmp_path: Path) -> None:
    config = tmp_path / "secondkey.toml"
    config.write_text(CONFIGURATION.format(dsn=f"postgresql://bot@/app?host={tmp_path}"))
    (unseen,) = _ask_server(load(config, {}, need_slack=False).databases["projectledger"]).unseen
    assert unseen.what == "server"
    assert unseen.reason.startswith("it could not be asked about itself: bot@")
    assert unseen.hint


def test_room_that_cannot_be_looked_at_is_unseen_and_not_enough(tmp_path: Path) -> None:
    beyond = tmp_path / ("x" * 300)
    known = _with_room(ServerFacts(), beyond)
    assert known.repository_free_bytes is None
    assert known.unseen[0].reason == "how much room is left is not known: File name too long"
    assert _ephemeral(beyond) == ""


def clients(major: int, *directories: Path) -> ServerFacts:
    return _with_clients(ServerFacts(), major, directories, on_this_machine=False)


def test_programs_that_are_missing_are_known_before_a_backup_needs_them(tmp_path: Path) -> None:
    newer = fake(tmp_path / "98", "98.1")
    none, instead = clients(99, newer).missing_client, clients(97, newer).missing_client
    assert none is not None
    assert instead is not None
    assert (none.major, none.instead) == (99, "")
    assert none.looked_in.startswith(f"{newer}, /usr/lib/postgresql/*/bin and ")
    assert (instead.major, instead.instead) == (97, "98.1")
    assert clients(98, newer) == ServerFacts()


def test_a_hole_in_the_programs_matters_only_with_servers_of_other_machines(tmp_path: Path) -> None:
    old = fake(tmp_path / "17", "17.1")
    (told,) = clients(17, old).vulnerable_clients
    assert (told.version, told.floor) == ("17.1", "17.12")
    assert _with_clients(ServerFacts(), 17, [old], on_this_machine=True) == ServerFacts()
