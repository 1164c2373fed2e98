"""Options that most commands of the command line have."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", "-c", envvar="SECONDKEY_CONFIG", help="The file secondkey.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Wait = Annotated[
    str | None, typer.Option(metavar="DURATION", help='How long to wait, "10m". Default: until it ends.')
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for its end.")]
