"""The app's manifest: what a workspace installs. `manifest.yml` is its rendering, and a test keeps it so."""

from typing import Any

import yaml

#: Without one of these, a part of the bot does not work. The README has the reason for each.
SCOPES = (
    "commands",
    "chat:write",
    "reactions:read",
    "reactions:write",
    "users:read",
    "team:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "app_mentions:read",
)
#: Whoever installs the app may leave these out.
OPTIONAL_SCOPES = (
    "usergroups:read",
    "users:read.email",
    "dnd:read",
    "files:write",
    "channels:manage",
    "groups:write",
    "pins:write",
    "bookmarks:write",
    "canvases:write",
)
EVENTS = (
    "reaction_added",
    "reaction_removed",
    "app_mention",
    "app_home_opened",
    "channel_shared",
    "subteam_members_changed",
)
#: The name that is always there, whatever the others are renamed to.
ALWAYS = "secondkey"
#: Command → description and usage hint, as Slack shows them while somebody types.
_COMMANDS = {
    "backup": (
        "Back up a database, and prove the backup by restoring it",
        "[emergency] [database] [reason] | list | show ID | delete ID | pin ID | unpin ID | retention | help",
    ),
    "verify": (
        "Is it the right database, and is everything in it?",
        "[database] | accept [database] [reason] | ID | help",
    ),
    "restore": (
        "Ask for a lost database back: a second person decides by reaction",
        "[database] [ID] reason | undo [database] reason | drop [database] NAME reason | cancel | help",
    ),
    "traffic": (
        "Keep everybody away from a database, and let them come back",
        "stop [database] reason | start [database] reason | status | help",
    ),
    "deploy": (
        "The gate before a release, and the report after it",
        "start RELEASE [database] | finish | abort | status | history | override | freeze | thaw | help",
    ),
    "drill": (
        "Restore backups that nobody needs, to see whether they do, and in what time",
        "[database] [ID] | list [database] | status [database] | help",
    ),
    "incident": (
        "Open an incident, carry a team through it, and close it with a report",
        "open [database] WHAT | status | role ROLE @person | note | update | draft | close | list | help",
    ),
    "schedule": ("What happens by itself: what ran, what comes, what was missed", "[database] | help"),
    "watch": (
        "What stands, and maintenance windows in which alerts call nobody",
        "status [database] | quiet [database] DURATION reason | resume [database] | help",
    ),
    "requests": ("What waits for a second person, and who could approve it", "[help]"),
    ALWAYS: (
        "Any command of Secondkey; alone, help and what runs now",
        (
            "[backup … | verify … | restore … | deploy … | drill … | incident … | watch … | schedule … "
            "| traffic … | requests | help]"
        ),
    ),
}
#: The names that `command_prefix` goes before.
RENAMED = tuple(name for name in _COMMANDS if name != ALWAYS)
_DESCRIPTION = "Backs up PostgreSQL, proves the backups, and tells with reasons when data is missing"


def manifest(prefix: str = "") -> dict[str, Any]:
    """Slack's app manifest, version 2, for Socket Mode. `prefix` goes before all commands but /secondkey."""
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "Secondkey",
            "description": _DESCRIPTION,
            "background_color": "#1f3a4d",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Secondkey", "always_online": True},
            "slash_commands": [_command(name, prefix) for name in _COMMANDS],
        },
        "oauth_config": {
            "scopes": {
                # Slack asks for an optional scope only where both lists have it.
                "bot": [*SCOPES, *OPTIONAL_SCOPES],
                "bot_optional": [*OPTIONAL_SCOPES],
            }
        },
        "settings": {
            "event_subscriptions": {"bot_events": [*EVENTS]},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def render(prefix: str = "") -> str:
    """The manifest as YAML, to be pasted into Slack's "From a manifest"."""
    return yaml.safe_dump(manifest(prefix), sort_keys=False, allow_unicode=True, width=100)


def _command(name: str, prefix: str) -> dict[str, Any]:
    description, usage = _COMMANDS[name]
    return {
        "command": f"/{name}" if name == ALWAYS else f"/{prefix}{name}",
        "description": description,
        "usage_hint": usage,
        "should_escape": False,
    }
