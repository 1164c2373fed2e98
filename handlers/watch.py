"""`/watch`: parse, call one operation, reply."""

from typing import assert_never

from bot.config.values import read_duration
from bot.domain.alerting import grammar
from bot.domain.grammar import Help
from bot.operations import people
from bot.operations.alerting import quieting, standing
from bot.operations.deploying.standing import refuse_unless_open_to
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import watch as view
from handlers.calls import Call
from handlers.reasons import ask_why


def command(services: Services, call: Call) -> None:
    match grammar.parse(call.text, list(services.settings.databases)):
        case Help():
            call.reply(help_view.watch())
        case grammar.Quiet(scope=scope, length=length, reason=reason):
            _quiet(services, call, scope, length, reason)
        case grammar.Resume(scope=scope):
            refuse_unless_open_to(services, call.user, scope)
            ended = quieting.resume(services, scope, call.user)
            call.reply(view.over(ended, quieting.others(services, scope)))
        case grammar.WatchStatus(database=database):
            _status(services, call, database)
        case unknown:
            assert_never(unknown)


def _quiet(services: Services, call: Call, scope: str, length: str, reason: str) -> None:
    refuse_unless_open_to(services, call.user, scope)
    lasting = read_duration(length)
    if not reason:
        ask_why(call, "watch", f"quiet {scope} {length}", alone=True)
        return
    window = quieting.begin(services, scope, lasting, reason, call.user)
    call.reply(view.quiet(window))


def _status(services: Services, call: Call, database: str | None) -> None:
    if database is not None:
        people.refuse_unless_requester(services, call.user, database)
    names = people.open_to(services, call.user) if database is None else [database]
    call.reply(standing.status(services, names))
