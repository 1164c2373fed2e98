"""Each disaster, as `/verify` sees it: blocked, and for the right reasons."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot import inline
from bot.app import open_services
from bot.config import load
from bot.demo.database import NAME, DemoDatabase
from bot.demo.disasters import bring_about
from bot.domain.grammar import Verify
from bot.operations import swap_proofs
from bot.operations.services import Services
from bot.postgres.server import Server
from tests import servers

CONFIGURATION = """\
[slack]
channel = "ops"
[state]
dsn = "{state}"
[repository]
url = "file://backups"
signing_key = "keys/signing.key"
[databases.projectledger]
dsn = "{reader}"
restore_dsn = "{restore}"
channel = "ops"
approvers = ["@dba"]
[databases.projectledger.expect]
"public.User" = {{ min = 1000 }}
"public.Session" = {{ volatile = true }}
[databases.projectledger.migrations]
tool = "prisma"
directory = "{migrations}"
"""
Watching = Callable[[DemoDatabase], Services]


@pytest.fixture
def accepted(tmp_path: Path, state_server: Server) -> Iterator[Watching]:
    """Makes a bot without Slack that has accepted the database as it is."""
    state = servers.new_state(state_server)
    with ExitStack() as opened:

        def accept(database: DemoDatabase) -> Services:
            config = tmp_path / "secondkey.toml"
            config.write_text(
                CONFIGURATION.format(
                    state=state.dsn,
                    reader=database.reader_dsn,
                    restore=database.restore_dsn,
                    migrations=database.migrations,
                )
            )
            services = opened.enter_context(open_services(load(config, {}, need_slack=False)))
            inline.pin(services, NAME, "", print)
            assert verdict(services) == ("warn", set())
            return services

        yield accept
    servers.drop_database(state)


def verdict(services: Services) -> tuple[str, set[str]]:
    """The outcome, and the codes of what is critical."""
    result = inline.check(services, Verify(database=NAME), print)[0].result
    return result["verdict"], {
        found["code"] for found in result["findings"] if found["severity"] == "critical"
    }


def test_the_demos_logins_are_enough_for_a_restore(database: DemoDatabase, accepted: Watching) -> None:
    proof = swap_proofs.current(accepted(database), NAME)
    assert proof is not None
    assert proof.lacks == ()


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("truncate", {"rows.zero", "rows.below-floor"}),
        ("re-migrate", {"rows.zero", "rows.below-floor", "rows.dropped"}),
        ("drop-table", {"schema.missing-table"}),
        ("drop-database", {"identity.absent"}),
        ("wrong-schema", {"rows.zero", "rows.below-floor", "history.unreadable"}),
    ],
)
def test_each_disaster_blocks_for_its_own_reasons(
    database: DemoDatabase, accepted: Watching, kind: str, codes: set[str]
) -> None:
    services = accepted(database)
    bring_about(kind, database)
    assert verdict(services) == ("block", codes)


def test_rows_behind_the_wrong_schema_are_found_where_they_are(
    database: DemoDatabase, accepted: Watching
) -> None:
    services = accepted(database)
    bring_about("wrong-schema", database)
    result = inline.check(services, Verify(database=NAME), print)[0].result
    places = {
        (found["subject"], found["detail"])
        for found in result["findings"]
        if found["code"] == "data.elsewhere" and "schema" in found["detail"]
    }
    assert any(subject == "User" and "1,204 rows in schema public_" in detail for subject, detail in places)


def test_a_fresh_server_on_the_same_address_is_not_the_one_that_was_accepted(
    own_database: DemoDatabase, accepted: Watching
) -> None:
    services = accepted(own_database)
    bring_about("fresh-server", own_database)
    outcome, codes = verdict(services)
    assert outcome == "block"
    assert codes >= {
        "identity.other-cluster",
        "identity.marker-missing",
        "schema.missing-table",
        "history.missing",
    }
