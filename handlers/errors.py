"""The one place where an exception becomes a Slack reply."""

import secrets
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import structlog
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from slack_sdk.errors import SlackApiError

from bot.errors import SecondkeyError
from bot.operations import people
from bot.operations.services import Services
from bot.slack.trouble import Kind, Trouble, trouble_of
from bot.slack.views import failures
from bot.store import inbound
from handlers.calls import Call

log = structlog.get_logger()
Act = Callable[[Services, Call], Any]


def answer(services: Services, call: Call, act: Act) -> None:
    """Do what was asked, once however often it is delivered; what goes wrong is told to the asker alone."""
    call = call.naming(services.settings.slack_prefix)
    try:
        if not _first_time(services, call):
            return
        people.refuse_another_team(services, call.user, call.team)
        people.refuse_outsiders(services, call.user)
        act(services, call)
    except SecondkeyError as error:
        call.reply(failures.answer(error))
    except (OperationalError, PoolTimeout):
        log.exception("the bot's own database cannot be reached", key=call.key)
        call.reply(failures.answer(_OWN_DATABASE))
    except (SlackApiError, URLError, ConnectionError, TimeoutError, HTTPException) as error:
        log.exception("Slack did not answer a question", key=call.key)
        call.reply(failures.answer(_slack_says(trouble_of(error))))
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("a call ended in a fault of the bot", reference=reference, key=call.key)
        call.reply(failures.bug(reference))


_OWN_DATABASE = SecondkeyError(
    "Secondkey cannot reach its own database at the moment; nothing was done",
    "ask again in a minute; whoever runs Secondkey finds the reason in its log",
)


def _first_time(services: Services, call: Call) -> bool:
    with services.store.transaction() as connection:
        return inbound.first_time(connection, call.key)


def _slack_says(trouble: Trouble) -> SecondkeyError:
    hint = "" if trouble.kind is Kind.LOCKED_OUT else "ask again in a minute"
    return SecondkeyError(f"{trouble.reason}; nothing was done", hint)
