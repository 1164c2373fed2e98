"""Inbound Slack: the whole routing table on one screen."""

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.errors import UsageError
from bot.operations.services import Services
from handlers import (
    again,
    backup,
    deploy,
    drill,
    home,
    incident,
    reactions,
    requests,
    restore,
    schedule,
    traffic,
    verify,
    watch,
)
from handlers.calls import Call, from_button, from_command, from_form, from_home, from_mention
from handlers.errors import Act, answer

COMMANDS: dict[str, Act] = {
    "backup": backup.command,
    "verify": verify.command,
    "restore": restore.command,
    "requests": requests.command,
    "traffic": traffic.command,
    "deploy": deploy.command,
    "watch": watch.command,
    "drill": drill.command,
    "schedule": schedule.command,
    "incident": incident.command,
}
#: A button may ask, never approve.
BUTTONS: dict[str, Act] = {
    "backup_now": backup.button,
    "backup_emergency": backup.emergency_button,
    "verify_again": verify.button,
    "verify_accept": verify.accept_button,
    "verify_accept_ask": verify.ask_button,
    "restore_this": restore.button,
    "deploy_override": deploy.override_button,
    "incident_send": incident.send_button,
    "request_again": again.among(COMMANDS),
}
#: What is filled in, by the form's callback id.
FORMS: dict[str, Act] = {
    "backup_reason": backup.command,
    "restore_reason": restore.command,
    "verify_reason": verify.command,
    "deploy_reason": deploy.command,
    "watch_reason": watch.command,
    "incident_words": incident.command,
}


def register(app: App, services: Services) -> None:
    """Connect Slack's commands, events and buttons to what they do; whoever asks goes through `answer`."""
    for name, act in COMMANDS.items():
        app.command(f"/{services.settings.slack_prefix}{name}")(_command(services, act))
    app.command("/secondkey")(_command(services, home.command))
    app.command(re.compile(".*"))(_command(services, _unknown))
    for action_id, act in BUTTONS.items():
        app.action(action_id)(_button(services, act))
    app.action(re.compile(".*"))(_button(services, _unknown_button))
    for callback_id, act in FORMS.items():
        app.view(callback_id)(_form(services, act))
    app.event("app_mention")(_mention(services))
    app.event("app_home_opened")(_home(services))
    app.event("channel_shared")(_shared(services))
    app.event("subteam_members_changed")(_members_changed(services))
    for event in ("reaction_added", "reaction_removed"):
        app.event(event)(_reaction(services))


def _command(services: Services, act: Act) -> Callable[..., None]:
    def listener(ack: Ack, body: dict[str, Any], respond: Respond, client: WebClient) -> None:
        ack()
        answer(services, from_command(body, respond, client), act)

    return listener


def _button(services: Services, act: Act) -> Callable[..., None]:
    def listener(ack: Ack, body: dict[str, Any], respond: Respond, client: WebClient) -> None:
        ack()
        answer(services, from_button(body, respond, client), act)

    return listener


def _form(services: Services, act: Act) -> Callable[..., None]:
    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        answer(services, from_form(body, client), act)

    return listener


def _mention(services: Services) -> Callable[..., None]:
    def listener(body: dict[str, Any], client: WebClient) -> None:
        answer(services, from_mention(body, client, services.slack.bot_user_id), home.command)

    return listener


def _home(services: Services) -> Callable[..., None]:
    def listener(body: dict[str, Any], client: WebClient) -> None:
        if body["event"].get("tab") == "home":
            answer(services, from_home(body, client), home.opened)

    return listener


def _shared(services: Services) -> Callable[..., None]:
    def listener(event: dict[str, Any]) -> None:
        services.slack.forget_channel(event["channel"])
        reactions.everything_changed(services)

    return listener


def _members_changed(services: Services) -> Callable[..., None]:
    def listener() -> None:
        reactions.everything_changed(services)

    return listener


def _reaction(services: Services) -> Callable[..., None]:
    def listener(body: dict[str, Any]) -> None:
        reactions.changed(services, body)

    return listener


def _unknown(_services: Services, _call: Call) -> None:
    raise UsageError("this command is not known to Secondkey", "`/secondkey help` shows what is")


def _unknown_button(_services: Services, _call: Call) -> None:
    raise UsageError("this button belongs to another version of Secondkey", "type the command instead")
