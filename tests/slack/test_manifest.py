"""Manifest, code, scopes and README say the same: what is installed is what runs."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

from bot.slack import manifest as app
from bot.slack.manifest import manifest, render
from handlers import COMMANDS, register

ROOT = Path(__file__).parents[2]
#: Web API method → the scopes that the bot token needs for it, by Slack's reference of methods.
METHODS: dict[str, set[str]] = {
    "auth_test": set(),
    "bookmarks_add": {"bookmarks:write"},
    "canvases_create": {"canvases:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_archive": {"channels:manage", "groups:write"},
    "conversations_create": {"channels:manage", "groups:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_invite": {"channels:manage", "groups:write"},
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_replies": {"channels:history", "groups:history"},
    "conversations_setPurpose": {"channels:manage", "groups:write"},
    "conversations_setTopic": {"channels:manage", "groups:write"},
    "files_upload_v2": {"files:write"},
    "pins_add": {"pins:write"},
    "reactions_add": {"reactions:write"},
    "reactions_get": {"reactions:read"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read", "users:read.email"},
    "users_lookupByEmail": {"users:read.email"},
    "views_open": set(),
    "views_publish": set(),
}
EVENTS: dict[str, set[str]] = {
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "app_mention": {"app_mentions:read"},
    "app_home_opened": set(),
    "channel_shared": {"channels:read", "groups:read"},
    "subteam_members_changed": {"usergroups:read"},
}
#: Nothing calls for these yet. They come with approvals by reaction, and are asked for now because every
#: new scope makes a workspace install the app again.
AHEAD = {"team:read", "dnd:read"}


class Recorder:
    """Stands in for Bolt's App: keeps what was registered."""

    def __init__(self) -> None:
        self.commands: list[object] = []
        self.events: list[object] = []
        self.actions: list[object] = []
        self.forms: list[object] = []

    def command(self, name: object) -> Callable[[Any], Any]:
        return self._keep(self.commands, name)

    def event(self, name: object) -> Callable[[Any], Any]:
        return self._keep(self.events, name)

    def action(self, name: object) -> Callable[[Any], Any]:
        return self._keep(self.actions, name)

    def view(self, name: object) -> Callable[[Any], Any]:
        return self._keep(self.forms, name)

    def _keep(self, kept: list[object], name: object) -> Callable[[Any], Any]:
        kept.append(name)
        return lambda listener: listener


def registered(prefix: str = "") -> Recorder:
    recorder = Recorder()
    services: Any = SimpleNamespace(settings=SimpleNamespace(slack_prefix=prefix))
    register(recorder, services)  # type: ignore[arg-type]
    return recorder


@pytest.fixture
def installed() -> dict[str, Any]:
    """The manifest as a workspace gets it."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return found


def called_methods() -> set[str]:
    """Every method of the Web API whose name stands in the bot's sources, called or passed on as text."""
    names = {name for source in sources() for name in mentioned(ast.parse(source.read_text()))}
    methods = {name for name in vars(WebClient) if "_" in name.strip("_") and not name.startswith("_")}
    # The app token's own call; its scope, connections:write, is no bot scope.
    return (names & methods) - {"apps_connections_open"}


def sources() -> Iterator[Path]:
    for folder in ("bot", "handlers"):
        for path in (ROOT / folder).rglob("*.py"):
            if not path.is_relative_to(ROOT / "bot/simulator"):
                yield path


def mentioned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.replace(".", "_")


def test_the_file_is_exactly_what_the_command_prints() -> None:
    assert (ROOT / "manifest.yml").read_text() == render()
    assert yaml.safe_load(render("sk-")) == manifest("sk-")


def test_the_commands_are_those_that_are_handled(installed: dict[str, Any]) -> None:
    shown = {command["command"] for command in installed["features"]["slash_commands"]}
    assert shown == {f"/{name}" for name in COMMANDS} | {"/secondkey"}
    assert shown == {name for name in registered().commands if isinstance(name, str)}


def test_a_prefix_renames_the_same_commands_in_manifest_and_code() -> None:
    shown = {command["command"] for command in manifest("sk-")["features"]["slash_commands"]}
    assert shown == {f"/sk-{name}" for name in COMMANDS} | {"/secondkey"}
    assert shown == {name for name in registered("sk-").commands if isinstance(name, str)}


def test_the_events_are_those_that_are_handled(installed: dict[str, Any]) -> None:
    subscribed = installed["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(subscribed) == sorted(map(str, registered().events))


def test_the_scopes_are_those_that_the_code_needs(installed: dict[str, Any]) -> None:
    scopes = installed["oauth_config"]["scopes"]
    unknown = called_methods() - METHODS.keys()
    assert not unknown, f"add these methods and their scopes to the table: {unknown}"
    needed = {"commands"}.union(
        *(METHODS[method] for method in called_methods()),
        *(EVENTS[event] for event in installed["settings"]["event_subscriptions"]["bot_events"]),
    )
    assert set(scopes["bot"]) == needed | AHEAD
    assert not needed & AHEAD


def test_optional_scopes_stand_in_both_lists_and_no_scope_stands_twice(installed: dict[str, Any]) -> None:
    scopes = installed["oauth_config"]["scopes"]
    assert scopes["bot_optional"] == [*app.OPTIONAL_SCOPES]
    assert set(scopes["bot_optional"]) < set(scopes["bot"])
    assert len(set(scopes["bot"])) == len(scopes["bot"])


def test_it_is_for_socket_mode(installed: dict[str, Any]) -> None:
    assert installed["_metadata"]["major_version"] == 2
    assert installed["settings"]["socket_mode_enabled"] is True
    assert installed["settings"]["interactivity"] == {"is_enabled": True}
    assert installed["features"]["app_home"]["home_tab_enabled"] is True
    assert not any("url" in command for command in installed["features"]["slash_commands"])


def test_every_command_says_what_it_does_and_how_it_is_typed(installed: dict[str, Any]) -> None:
    for command in installed["features"]["slash_commands"]:
        assert command["description"]
        assert "help" in command["usage_hint"]
    longest = manifest("x" * 20)["features"]["slash_commands"]
    assert max(len(command["command"]) for command in longest) <= 32
    assert len(installed["display_information"]["description"]) <= 140


def test_every_scope_has_its_reason_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    section = readme.partition("## Scopes, and why")[2].partition("\n## ")[0]
    reasons = dict(re.findall(r"^\| `([a-z._:]+)` \| (.{20,}) \|$", section, re.MULTILINE))
    assert list(reasons) == [*app.SCOPES, *app.OPTIONAL_SCOPES, "connections:write"]
