"""Whether a database lies on this very machine, as its connection string says."""

import pytest

from bot.operations.observing import _on_this_machine


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
