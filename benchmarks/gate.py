"""How long a deployment waits at the gate: `python -m benchmarks.gate [TABLES] [ROWS]`.

The whole gate without a new backup (judged, recorded, the report written, the window open) on 1,000 tables
and 10 million rows, against one session that sends `SELECT count(*)` for each table. In turns.
"""

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.verify import TURNS, bare_counts, fill, seconds
from bot.app import open_services
from bot.config import load
from bot.domain.backup import Kind
from bot.domain.deploying.deployment import Stage
from bot.operations import accept, backup, runner
from bot.operations.deploying import starting
from bot.operations.services import Services
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.store import deployments

NAME, BY = "ledger", "cli:benchmark"
CONFIGURATION = """\
[state]
directory = "state"
[repository]
url = "file://backups"
signing_key = "signing.key"
[databases.ledger]
dsn = "{dsn}"
channel = "ops"
approvers = ["@dba"]
deploy = {{backup = "fresh"}}
"""


def main(tables: int = 1000, rows: int = 10_000_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Started as root, the bot's own server gets an account of its own, which must come by.
        Path(folder).chmod(0o711)
        server = Server(Path(folder) / "server", embedded(), durable=False)
        server.start()
        try:
            dsn = plain(server.dsn())
            fill(dsn, tables, rows // tables)
            config = Path(folder) / "secondkey.toml"
            config.write_text(CONFIGURATION.format(dsn=dsn))
            with open_services(load(config, os.environ, need_slack=False)) as services:
                prepare(services)
                compare(services, dsn, tables, rows)
        finally:
            server.delete()


def plain(dsn: str) -> str:
    """As somebody would write it into the configuration."""
    said = conninfo_to_dict(dsn)
    return make_conninfo(**{name: said[name] for name in ("host", "port", "user", "dbname")})


def prepare(services: Services) -> None:
    """Adopted, and with a backup that is fresh enough."""
    done(services, accept.request(services, NAME, "", BY, "ops").id)
    done(services, backup.request(services, NAME, Kind.MANUAL, "", BY, "ops").id)


def compare(services: Services, dsn: str, tables: int, rows: int) -> None:
    pass_gate(services)
    bare, gate = [], []
    for _ in range(TURNS):
        bare.append(seconds(lambda: bare_counts(dsn, tables)))
        gate.append(seconds(lambda: pass_gate(services)))
    print(f"{tables:,} tables, {rows:,} rows, medians of {TURNS}")
    print(f"bare counts  {median(bare):7.3f} s  ({', '.join(f'{each:.3f}' for each in bare)})")
    print(f"the gate     {median(gate):7.3f} s  ({', '.join(f'{each:.3f}' for each in gate)})")
    print(f"ratio        {median(gate) / median(bare):7.2f}")


def pass_gate(services: Services) -> None:
    operation = starting.request(services, NAME, "v1", BY)
    done(services, operation.id)
    with services.store.transaction() as connection:
        opened = deployments.load(connection, operation.id)
        assert opened.stage is Stage.OPEN, opened.findings  # noqa: S101 - else nothing was measured
        connection.execute("UPDATE deployments SET stage = 'aborted'")


def done(services: Services, operation_id: str) -> None:
    error = runner.run(services, operation_id)
    if error is not None:
        raise error


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
