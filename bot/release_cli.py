"""Commands around a release's own command. Imports are inside, so that --help is quick."""

from pathlib import Path
from typing import Annotated

import typer

from bot import console
from bot.options import Config, Json


def rehearse(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Its tag, or its commit.")],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND", help="What the release would run.")],
    database: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose backup. Default: the only one.")
    ] = None,
    backup: Annotated[
        str | None, typer.Option(metavar="ID", help="A backup's id. Default: the newest proven good.")
    ] = None,
    url_env: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="The variable with its connection string; may be repeated."),
    ] = None,
    max_wait: Annotated[str, typer.Option(metavar="DURATION", help="How long the command may take.")] = "1h",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run a release's own command on a restored copy of the newest good backup, and say what it did there.

    Ends as the command does, but with 1 where that lost rows, and 3 where there is no backup.
    """
    import os
    import sys

    from bot import inline, rehearsal_report
    from bot.config.values import read_duration
    from bot.operations import rehearsing, verify

    asked = rehearsing.Command(
        argv=command,
        environ=os.environ,
        url_variables=url_env or rehearsing.URL_VARIABLES,
        limit=read_duration(max_wait),
    )
    with console.services(config, as_json) as services:
        found = inline.rehearse(
            services, database, release, asked, backup, console.progress,
            lambda line: console.say([line], sys.stderr),
        )  # fmt: skip
    result = verify.to_result(found.verdict, found.after)
    console.show(as_json, rehearsal_report.as_json(found, result), rehearsal_report.lines(found, result))
    raise typer.Exit(found.exit_code)


def deploy(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Its tag, or its commit.")],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND", help="What the release runs.")],
    database: Annotated[
        str | None, typer.Option(metavar="NAME", help="The protected database. Default: the only one.")
    ] = None,
    migrations: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The release's migrations folder.")
    ] = None,
    url_env: Annotated[
        str, typer.Option(metavar="NAME", help="The variable with the release's connection string.")
    ] = "DATABASE_URL",
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report there, as markdown.")
    ] = None,
    max_wait: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the command, or another's, may take.")
    ] = "1h",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Run a release's own command behind the gate: judge, back up, run it, compare, report.

    Ends with 3 where the gate is shut and nothing was run; else as the command does, but with 1 where that
    was 0 and data is missing.
    """
    import os
    import sys

    from bot import deployment_report, inline, releasing
    from bot.config.values import read_duration

    with console.services(config, as_json) as services:
        found = releasing.deploy(
            services,
            releasing.Order(
                database=inline.the_database(services, database),
                release=release,
                argv=command,
                environ=os.environ,
                url_variable=url_env,
                migrations=migrations,
                max_wait=read_duration(max_wait),
            ),
            console.progress,
            lambda line: console.say([line], sys.stderr),
        )
        if summary is not None:
            summary.write_text(deployment_report.markdown(found))
        console.show(as_json, deployment_report.as_json(found), deployment_report.lines(found))
    raise typer.Exit(found.exit_code)
