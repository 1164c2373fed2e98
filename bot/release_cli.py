"""Commands around a release's own command. Imports are inside, so that --help is quick."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import console
from bot.errors import Refused, UsageError
from bot.options import Config, Json, NoWait, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.operation import Operation
    from bot.operations.services import Services
    from bot.requested import Standing

Release = Annotated[str, typer.Argument(metavar="RELEASE", help="Its tag, or its commit.")]
DatabaseName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The protected database. Default: the only one.")
]
Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="The release's migrations folder.")]
#: What `secondkey deployment` can be told.
_ACTS = "status | history | finish | abort | freeze | thaw | override"


def rehearse(
    release: Release,
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
    migrations: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The release's migrations folder.")
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
        migrations=migrations,
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
    release: Release,
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND", help="What the release runs.")],
    database: DatabaseName = None,
    migrations: Folder = None,
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

    from bot import deployment_report, inline, releasing, unjudged
    from bot.config.values import read_duration

    with console.answering(as_json):
        _refuse_unwritable(summary)
        settings = console.settings(config, need_slack=False)
        found = unjudged.deploy(
            settings,
            releasing.Order(
                database=inline.the_database(settings, database),
                release=release,
                argv=command,
                environ=os.environ,
                url_variable=url_env,
                migrations=migrations,
                max_wait=read_duration(max_wait),
            ),
            lambda: console.bot_token(config),
            console.progress,
            lambda line: console.say([line], sys.stderr),
        )
        if summary is not None:
            summary.write_text(deployment_report.markdown(found))
        console.show(as_json, deployment_report.as_json(found), deployment_report.lines(found))
    raise typer.Exit(found.exit_code)


def plan(
    release: Release,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where the plan goes; it must not exist.")],
    database: DatabaseName = None,
    migrations: Folder = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write a release's checklist and recovery plan as markdown, with what holds now. It changes nothing."""
    from bot import deployment_report, inline, release_plan

    _refuse_overwriting(output)
    with console.services(config, as_json) as services:
        found = inline.plan(services, database, release, migrations, console.progress)
        with output.open("x") as file:
            file.write(release_plan.markdown(found))
        said = f"{output}: {release} on {found.database}, as it stands now: {found.decision.light}"
        console.show(as_json, deployment_report.plan_json(found, output), [said])


def _refuse_unwritable(summary: Path | None) -> None:
    """Before the command runs: afterwards its end would be lost over this."""
    if summary is not None and (summary.is_dir() or not summary.absolute().parent.is_dir()):
        raise UsageError(
            f"{summary} cannot be written: there is no folder for it, or it is one; nothing was run",
            "name a file in a folder that is there: --summary report.md",
        )


def _refuse_overwriting(output: Path) -> None:
    if output.exists():
        raise UsageError(
            f"{output} is there already, and somebody may have ticked what it says",
            "name another file, or remove this one",
        )


def deployment(
    words: Annotated[
        list[str] | None, typer.Argument(metavar=f"[{_ACTS}] [RELEASE] [DATABASE]", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="Why: people see it, and decide by it.")] = "",
    wait: Wait = None,
    no_wait: NoWait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show deployments, close a window, freeze and thaw, or ask a second person to override the gate.

    Ends with 1 where the closing report finds data missing. `freeze all` and `thaw all` name every database.
    """
    from bot import requested
    from bot.domain.deploying import grammar
    from bot.inline import login
    from bot.operations.deploying import ending, freezing

    with console.services(config, as_json) as services:
        names, limit = list(services.settings.databases), console.limit(wait, no_wait)
        match grammar.parse(" ".join(words or []), names):
            case grammar.DeploymentStatus(database=named):
                _show_standing(services, [named] if named else names, as_json)
            case grammar.DeploymentHistory(database=named):
                _show_history(services, named, as_json)
            case grammar.FinishDeployment(database=named):
                _close(services, ending.finish(services, named, login()), as_json)
            case grammar.AbortDeployment(database=named, reason=typed):
                _close(services, ending.abort(services, named, _why(reason, typed), login()), as_json)
            case grammar.Freeze(scope=scope, reason=typed):
                freezing.freeze(services, scope, _why(reason, typed), login())
                _show_standing(services, _named(names, scope), as_json)
            case grammar.Thaw(scope=scope, reason=typed):
                why = _why(reason, typed)
                thawed = requested.thaw(services, scope, why, limit, console.progress)
                _end_thawed(services, thawed, _named(names, scope), as_json)
            case grammar.OverrideGate(release=release, database=named, reason=typed):
                why = _why(reason, typed)
                asked = requested.override(services, named, release, why, limit, console.progress)
                console.end(asked, as_json)
            case _:
                begun = "secondkey deploy RELEASE -- COMMAND begins a deployment"
                raise UsageError("say what to do", f"secondkey deployment [{_ACTS}]; {begun}")


def _why(*said: str) -> str:
    """Raises `Refused` where nobody said why."""
    reason = next((each for each in said if each.strip()), "")
    if not reason:
        raise Refused("reason-missing", "a reason is needed: people see it", "add --reason TEXT")
    return reason


def _named(names: list[str], scope: str) -> list[str]:
    return [scope] if scope in names else names


def _show_standing(services: "Services", names: "Sequence[str]", as_json: bool) -> None:
    from bot import deployment_report
    from bot.operations.deploying import standing

    found, freezes = standing.look(services, names)
    console.show(
        as_json,
        deployment_report.standing_json(found, freezes),
        deployment_report.standing_lines(found, freezes),
    )


def _show_history(services: "Services", database: str, as_json: bool) -> None:
    from bot import deployment_report
    from bot.operations.deploying import standing

    found = standing.newest(services, database)
    console.show(
        as_json,
        deployment_report.history_json(found),
        deployment_report.history_lines(database, found),
    )


def _close(services: "Services", closing: "Operation", as_json: bool) -> None:
    from bot import deployment_report, releasing

    found = releasing.closed(services, closing, console.progress)
    console.show(as_json, deployment_report.as_json(found), deployment_report.lines(found))
    raise typer.Exit(1 if found.deployment.harmed else 0)


def _end_thawed(
    services: "Services", found: "Standing | Operation", names: "Sequence[str]", as_json: bool
) -> None:
    from bot import requested

    if isinstance(found, requested.Standing):
        console.end(found, as_json)
    else:
        _show_standing(services, names, as_json)
