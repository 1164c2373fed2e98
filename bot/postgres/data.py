"""The data of a new server of ours, and who may enter it."""

import os
import pwd
from pathlib import Path

from bot import programs
from bot.errors import CommandFailed
from bot.postgres.installation import Installation
from bot.postgres.place import give
from bot.programs import Account

#: How long making it may take, in seconds.
PATIENCE = 120.0
#: The socket lies in a folder that only we and the server's account may enter. Whatever else runs under that
#: account does not become superuser: that takes the operating-system user who keeps the server.
_ACCESS = """\
# type  database  user           address       method
local   all       "{superuser}"                peer map=keeper
local   all       all                          trust
host    all       all            127.0.0.1/32  scram-sha-256
"""
_KEEPERS = """\
# map   system user  database user
keeper  root         "{superuser}"
keeper  "{keeper}"   "{superuser}"
"""


def create_data(
    data: Path, installation: Installation, account: Account | None, *, superuser: str, durable: bool
) -> None:
    """Make the folder, and in it a cluster that the account owns; raises `CommandFailed`.

    What is not durable may be lost with the machine's power.
    """
    data.mkdir(mode=0o700)
    give(data, account)
    made = programs.run(
        [installation.program("initdb"), "-D", data, "-U", superuser, "--encoding=UTF8",
         "--locale=C.UTF-8", "--auth=trust", "--no-instructions", *([] if durable else ["--no-sync"])],
        timeout=PATIENCE,
        account=account,
        cwd=data,
    )  # fmt: skip
    if made.code != 0:
        raise CommandFailed(f"no PostgreSQL data could be made in {data}", made.stderr)
    keeper = pwd.getpwuid(os.geteuid()).pw_name
    (data / "pg_hba.conf").write_text(_ACCESS.format(superuser=superuser))
    (data / "pg_ident.conf").write_text(_KEEPERS.format(superuser=superuser, keeper=keeper))
