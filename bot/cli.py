"""`secondkey`: the same operations for terminals and CI. Imports are inside, so that --help is quick."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import backups_cli, console, drill_cli, incident_cli, release_cli, schedule_cli, watch_cli
from bot.errors import UsageError
from bot.options import Config, Json, NoWait, Wait

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.operations.services import Services

app = typer.Typer(
    name="secondkey",
    help="Stands between a team and the loss of its PostgreSQL data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Reason = Annotated[str, typer.Option(help="Why: people decide by it.")]
Words = Annotated[list[str] | None, typer.Argument(show_default=False)]


def main() -> None:
    """The entry point: what is wrong is said in words, and in the exit code."""
    as_json = "--json" in sys.argv
    try:
        sys.exit(app(standalone_mode=not as_json))
    except typer.TyperException as misused:
        console.complain(UsageError(misused.format_message(), "see `secondkey --help`"), as_json)
    except Exception as error:
        known = console.in_words(error)
        if known is None:
            raise
        console.complain(known, as_json)


app.command()(release_cli.deploy)
app.command()(release_cli.deployment)
app.command()(release_cli.plan)
app.command()(release_cli.rehearse)
app.command()(backups_cli.backups)
app.command()(drill_cli.drill)
app.command()(incident_cli.incident)
app.command()(schedule_cli.schedule)
app.command()(watch_cli.watch)


@app.command()
def run(config: Config = None) -> None:
    """Run the bot: Slack, worker and schedules in one process, until SIGTERM."""
    from bot import service

    service.run(console.settings(config, need_slack=True))


@app.command()
def demo(
    words: Annotated[list[str] | None, typer.Argument(metavar="[disaster KIND]", show_default=False)] = None,
    directory: Annotated[Path, typer.Option(help="Where everything of the demo lies.")] = Path(".demo"),
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1.")] = 8040,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew.")] = False,
) -> None:
    """Try all of it here: a database, the bot, a simulated Slack. Or bring about a disaster."""
    directory = directory.absolute()
    match words or []:
        case []:
            from bot.demo.folder import alone

            # Importing the rest takes a while: scripts would still find a killed demo's demo.json.
            with alone(directory):
                from bot.demo import supervisor

                supervisor.run(directory, port=port, fresh=fresh)
        case ["disaster", kind]:
            from bot.demo import supervisor

            supervisor.bring_about(directory, kind)
        case _:
            raise UsageError("this cannot be read", "secondkey demo, or: secondkey demo disaster KIND")


@app.command()
def simulator(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = 8040,
    directory: Annotated[Path | None, typer.Option(help="Where it keeps what happened.")] = None,
) -> None:
    """Run the simulated Slack alone."""
    from bot.simulator.server import serve
    from bot.slack.manifest import manifest as app_manifest

    serve(port, directory, app_manifest())


@app.command()
def manifest(
    prefix: Annotated[
        str, typer.Option(help="Before /backup and /verify, where those names are taken.")
    ] = "",
) -> None:
    """Print the manifest that installs the Slack app."""
    from bot.slack.manifest import render

    print(render(prefix), end="")


@app.command()
def backup(words: Words = None, config: Config = None, as_json: Json = False) -> None:
    """Back up: [emergency] [database] [reason]."""
    from bot import inline, terminal

    with console.services(config, as_json) as services:
        made = inline.back_up(services, _joined(words), console.progress)
    console.show(as_json, terminal.backup_json(made), terminal.backup_lines(made))
    raise typer.Exit(1 if made.corrupt else 0)


@app.command()
def verify(
    words: Annotated[list[str] | None, typer.Argument(metavar="[DATABASE | accept [DATABASE] | ID]")] = None,
    reason: Annotated[str, typer.Option(help="Why: where an accept takes a second person.")] = "",
    wait: Wait = None,
    no_wait: NoWait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Verify a database, accept it as the right one, or restore-test a backup again."""
    from bot import inline, terminal
    from bot.domain import grammar
    from bot.endings import Exit
    from bot.operations import catalogue

    with console.services(config, as_json) as services:
        command = grammar.parse_verify(_joined(words), list(services.settings.databases))
        if isinstance(command, grammar.Accept):
            why, limit = reason or command.reason, console.limit(wait, no_wait)
            _accept(services, command.database, why, limit, as_json)
            return
        if reason:
            raise UsageError("only an accept takes a reason", "secondkey verify accept DATABASE")
        operation, tested = inline.check(services, command, console.progress)
        known = catalogue.known(services, operation.database)
    if tested is not None:
        console.show(as_json, terminal.backup_json(tested), terminal.backup_lines(tested))
        raise typer.Exit(1 if tested.corrupt or tested.proof.not_tested_because else 0)
    lines = terminal.verdict_lines(operation.database, operation.result, known)
    console.show(as_json, operation.result, lines)
    raise typer.Exit(Exit.BLOCKED if operation.result["verdict"] == "block" else 0)


@app.command()
def restore(
    words: Annotated[list[str], typer.Argument(metavar="DATABASE | undo DATABASE | drop DATABASE NAME")],
    reason: Reason,
    backup: Annotated[
        str | None, typer.Option(help="A backup's id. Default: the newest proven good.")
    ] = None,
    wait: Wait = None,
    no_wait: NoWait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Ask for a lost database back, or for what a restore set aside: back, or gone. A running bot does it."""
    from bot import requested

    with console.services(config, as_json) as services:
        limit = console.limit(wait, no_wait)
        match words:
            case ["undo", database] if backup is None:
                found = requested.undo(services, database, reason, limit, console.progress)
            case ["drop", database, name] if backup is None:
                found = requested.drop(services, database, name, reason, limit, console.progress)
            case [database] if database not in {"undo", "drop"}:
                found = requested.restore(services, database, backup, reason, limit, console.progress)
            case _:
                raise UsageError(
                    "this cannot be read",
                    "secondkey restore DATABASE [--backup ID], secondkey restore undo DATABASE, or: "
                    "secondkey restore drop DATABASE NAME",
                )
        console.end(found, as_json)


@app.command()
def traffic(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[status | stop | start] [DATABASE] [REASON]")
    ] = None,
    wait: Wait = None,
    no_wait: NoWait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Keep everybody away from a database, or let them come back: a blocked one takes a second person."""
    from bot import inline, requested, terminal
    from bot.domain import grammar
    from bot.operations import switching

    with console.services(config, as_json) as services:
        names, asked = list(services.settings.databases), None
        match grammar.parse_traffic(_joined(words), names):
            case grammar.TrafficStatus(database=named):
                names = [named] if named else names
            case grammar.StopTraffic(database=named, reason=reason):
                names = [named]
                inline.switch(services, switching.stop, named, reason, console.progress)
            case grammar.StartTraffic(database=named, reason=reason):
                names, limit = [named], console.limit(wait, no_wait)
                asked = requested.start_traffic(services, named, reason, limit, console.progress)
            case grammar.Help():
                raise UsageError("say what to do", "secondkey traffic [status | stop | start] [DATABASE]")
        if asked is not None:
            console.end(asked, as_json)
        else:
            standing = switching.look(services, names)
            console.show(as_json, terminal.traffic_json(standing), terminal.traffic_lines(standing))


@app.command()
def request(
    act: Annotated[str, typer.Argument(metavar="show | wait | withdraw")],
    request_id: Annotated[str, typer.Argument(metavar="ID")],
    wait: Wait = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show what a second person was asked for, wait for its end, or withdraw it."""
    from bot import requested

    with console.services(config, as_json) as services:
        match act:
            case "show":
                console.show_request(requested.standing(services, request_id), as_json)
            case "withdraw":
                console.show_request(requested.withdraw(services, request_id), as_json)
            case "wait":
                limit = console.limit(wait, no_wait=False)
                console.end(requested.wait(services, request_id, limit, console.progress), as_json)
            case _:
                raise UsageError(
                    f"{act!r} is not understood here", "secondkey request show | wait | withdraw ID"
                )


@app.command()
def keys(
    words: Annotated[list[str] | None, typer.Argument(metavar="[export FILE]")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the signing key's fingerprint, or copy the key to a file that is to be kept elsewhere."""
    from bot import inline
    from bot.operations import housekeeping

    with console.services(config, as_json) as services:
        own = services.repository.keys
        match words or []:
            case []:
                pass
            case ["export", file]:
                housekeeping.export_key(services, Path(file), inline.login())
            case _:
                raise UsageError("this cannot be read", "secondkey keys, or: secondkey keys export FILE")
        own.refuse_if_lost()
    kept = "a copy was exported" if own.exported else "no copy was exported yet: secondkey keys export FILE"
    console.show(
        as_json,
        {"fingerprint": own.fingerprint, "exported": own.exported},
        [f"{own.fingerprint}  {own.path}", kept],
    )


@app.command()
def audit(
    words: Annotated[list[str] | None, typer.Argument(metavar="[verify]")] = None,
    limit: Annotated[int, typer.Option(help="How many of the newest entries.")] = 50,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show the audit log, or verify that nobody changed it."""
    from bot import terminal
    from bot.operations import auditing
    from bot.store import audit as log

    with console.services(config, as_json) as services:
        match words or []:
            case []:
                with services.store.transaction() as connection:
                    entries = log.entries(connection, limit)
                console.show(as_json, *terminal.audit(entries))
                return
            case ["verify"]:
                checked = auditing.verify(services)
            case _:
                raise UsageError("this cannot be read", "secondkey audit, or: secondkey audit verify")
    console.show(as_json, *terminal.audit_verdict(checked))
    raise typer.Exit(0 if checked.intact else 1)


def _accept(
    services: "Services", database: str, reason: str, limit: "timedelta | None", as_json: bool
) -> None:
    from bot import requested, terminal

    found = requested.accept(services, database, reason, limit, console.progress)
    if isinstance(found, requested.Standing):
        console.end(found, as_json)
    else:
        console.show(as_json, found.result, terminal.accepted_lines(found))


def _joined(words: list[str] | None) -> str:
    return " ".join(words or [])


if __name__ == "__main__":
    main()
