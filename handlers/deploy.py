"""`/deploy`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain.deploying import grammar
from bot.domain.grammar import Help
from bot.operations import people
from bot.operations.deploying import ending, freezing, overriding, standing, starting
from bot.operations.services import Services
from bot.slack.views import gatekeeping as view
from bot.slack.views import help as help_view
from bot.slack.views import replies
from handlers.calls import Call
from handlers.reasons import ask_why


def command(services: Services, call: Call) -> None:
    match grammar.parse(call.text, list(services.settings.databases)):
        case Help():
            call.reply(help_view.deploy())
        case grammar.StartDeployment(release=release, database=database):
            _start(services, call, release, database)
        case grammar.FinishDeployment(database=database):
            _finish(services, call, database)
        case grammar.AbortDeployment(database=database, reason=reason):
            _abort(services, call, database, reason)
        case grammar.OverrideGate(release=release, database=database, reason=reason):
            _override(services, call, release, database, reason)
        case grammar.Freeze(scope=scope, reason=reason):
            _freeze(services, call, scope, reason)
        case grammar.Thaw(scope=scope, reason=reason):
            _thaw(services, call, scope, reason)
        case grammar.DeploymentStatus(database=database):
            _status(services, call, database)
        case grammar.DeploymentHistory(database=database):
            people.refuse_unless_requester(services, call.user, database)
            call.reply(standing.history(services, database))
        case unknown:
            assert_never(unknown)


def override_button(services: Services, call: Call) -> None:
    """ "Ask a second person"; the value names the release and the database."""
    command(services, call.saying(f"override {call.text}"))


def _start(services: Services, call: Call, release: str, database: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    operation = starting.request(services, database, release, call.user)
    call.reply(replies.started_in(operation, services.database(database).incidents))


def _finish(services: Services, call: Call, database: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    operation = ending.finish(services, database, call.user)
    call.reply(replies.started_in(operation, services.database(database).incidents))


def _abort(services: Services, call: Call, database: str, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if not reason:
        ask_why(call, "deploy", f"abort {database}", alone=True)
        return
    operation = ending.abort(services, database, reason, call.user)
    call.reply(replies.started_in(operation, services.database(database).incidents))


def _override(services: Services, call: Call, release: str, database: str, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if not reason:
        ask_why(call, "deploy", f"override {release} {database}")
        return
    channel = services.database(database).channel
    operation = overriding.request(services, database, release, reason, call.user, channel)
    call.reply(replies.started_in(operation, channel))


def _freeze(services: Services, call: Call, scope: str, reason: str) -> None:
    standing.refuse_unless_open_to(services, call.user, scope)
    if not reason:
        ask_why(call, "deploy", f"freeze {scope}", alone=True)
        return
    call.reply(view.frozen(freezing.freeze(services, scope, reason, call.user)))


def _thaw(services: Services, call: Call, scope: str, reason: str) -> None:
    standing.refuse_unless_open_to(services, call.user, scope)
    if not reason:
        ask_why(call, "deploy", f"thaw {scope}")
        return
    operation = freezing.thaw(services, scope, reason, call.user)
    asked_in = services.database(operation.database).channel
    call.reply(view.thawing(scope, operation.request["channel"], asked_in))


def _status(services: Services, call: Call, database: str | None) -> None:
    call.reply(standing.status(services, people.meant(services, call.user, database)))
