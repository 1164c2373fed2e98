"""The demo's secondkey.toml: complete without any environment, its secrets in files that only we may read."""

from pathlib import Path

from bot.demo.database import DemoDatabase
from bot.demo.folder import CONFIG
from bot.repository.files import write_atomically
from bot.simulator.server import Simulator

_TEMPLATE = """\
# Written by `secondkey demo` at each start.
[slack]
api_url = "{api_url}"
channel = "ops"
bot_token_file = "secrets/slack-bot-token"
app_token_file = "secrets/slack-app-token"

[state]
directory = "state"

[repository]
url = "file://backups"
signing_key = "keys/signing.key"

[incidents]
invite = ["@engineering"]
stakeholders = ["general"]

[databases.projectledger]
dsn = "{reader_dsn}"
restore_dsn = "{restore_dsn}"
environment = "production"
channel = "ops"
incidents = "incidents"
requesters = ["@engineering"]
approvers = ["@dba"]
approvals = 1

[databases.projectledger.expect]
"public.User" = {{ min = 1000 }}
"public.Invoice" = {{ min = 1000, newest = "createdAt", max_age = "365d" }}
"public.Session" = {{ volatile = true }}

[databases.projectledger.checks]
"plans are there" = 'SELECT count(*) >= 3 FROM "Plan"'

[databases.projectledger.migrations]
tool = "prisma"
directory = "prisma/migrations"
"""


def write_configuration(directory: Path, database: DemoDatabase, simulator: Simulator) -> Path:
    """Write the file and its secrets, and return where it is."""
    secrets = directory / "secrets"
    write_atomically(secrets / "slack-bot-token", simulator.workspace.bot_token.encode())
    write_atomically(secrets / "slack-app-token", simulator.workspace.app_token.encode())
    config = directory / CONFIG
    content = _TEMPLATE.format(
        api_url=f"{simulator.url}/api/",
        reader_dsn=_quoted(database.reader_dsn),
        restore_dsn=_quoted(database.restore_dsn),
    )
    write_atomically(config, content.encode())
    return config


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
