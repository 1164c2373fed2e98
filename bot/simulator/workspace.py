"""What a simulated workspace begins with: people, groups, channels and the one installed app."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["member", "guest", "stranger", "bot"]
#: What each kind of person is in Slack's words.
FLAGS: Mapping[Kind, tuple[str, ...]] = {
    "member": (),
    "guest": ("is_restricted",),
    "stranger": ("is_stranger",),
    "bot": ("is_bot",),
}
TEAM = "T00000001"
OTHER_TEAM = "T00000002"


@dataclass(frozen=True, kw_only=True)
class Person:
    id: str
    #: the display name, by which scripts may call them too
    name: str
    kind: Kind = "member"
    email: str = ""
    team_id: str = TEAM
    #: further flags of Slack's user object: `deleted`, `is_ultra_restricted`, `is_workflow_bot` …
    flags: tuple[str, ...] = ()
    active: bool = True

    @property
    def facts(self) -> frozenset[str]:
        """Every flag of Slack's user object that is true."""
        return frozenset((*FLAGS[self.kind], *self.flags))


@dataclass(frozen=True, kw_only=True)
class Group:
    id: str
    #: without the @
    handle: str
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Channel:
    id: str
    name: str
    members: tuple[str, ...]
    #: the user id of whoever made it; empty for the workspace's own
    creator: str = ""
    is_private: bool = False
    is_archived: bool = False
    #: people of another workspace are, or may be, in it
    is_shared: bool = False
    #: in a direct-message channel: whom the app talks to
    person: str = ""
    topic: str = ""
    purpose: str = ""

    @property
    def is_direct(self) -> bool:
        return bool(self.person)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    groups: tuple[Group, ...] = ()
    id: str = TEAM
    name: str = "Your team"
    domain: str = "your-team"
    #: user groups, and canvases outside a channel's tab, need a paid plan
    is_paid: bool = True
    #: an administrator may switch canvases off
    has_canvases: bool = True
    app_id: str = "A00000001"
    bot_id: str = "B00000001"
    #: one of `people`
    bot_user_id: str = "U00000009"
    bot_token: str = field(default_factory=lambda: f"xoxb-1-1-{secrets.token_hex(12)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-1-A00000001-1-{secrets.token_hex(16)}", repr=False)
    #: Slack's app manifest as a dictionary
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def with_manifest(self, manifest: Mapping[str, Any]) -> "Workspace":
        """The same workspace with an app installed from this manifest, all its scopes granted."""
        return replace(self, manifest=manifest)

    @property
    def app_name(self) -> str:
        name: str = self._read("display_information", "name") or "Secondkey"
        return name

    @property
    def scopes(self) -> frozenset[str]:
        granted = self._read("oauth_config", "scopes") or {}
        return frozenset([*granted.get("bot", ()), *granted.get("bot_optional", ())])

    @property
    def commands(self) -> tuple[Mapping[str, Any], ...]:
        """`{command, description, usage_hint}` of each slash command."""
        return tuple(self._read("features", "slash_commands") or ())

    @property
    def events(self) -> frozenset[str]:
        """What the app subscribed to."""
        return frozenset(self._read("settings", "event_subscriptions", "bot_events") or ())

    def _read(self, *path: str) -> Any:
        found: Any = self.manifest
        for step in path:
            found = (found or {}).get(step)
        return found


def demo_workspace() -> Workspace:
    """Three members (two of them in @dba), a guest, a stranger, a bot, and the app itself."""
    mara, jonas, priya, leo, irene, deploybot, app = (f"U0000000{n}" for n in (1, 2, 3, 4, 5, 6, 9))
    members = (mara, jonas, priya)
    return Workspace(
        people=(
            Person(id=mara, name="Mara", email="mara@example.com"),
            Person(id=jonas, name="Jonas", email="jonas@example.com", active=False),
            Person(id=priya, name="Priya", email="priya@example.com"),
            Person(id=leo, name="Leo", kind="guest", email="leo@agency.example"),
            Person(
                id=irene, name="Irene", kind="stranger", email="irene@partner.example", team_id=OTHER_TEAM
            ),
            Person(id=deploybot, name="deploybot", kind="bot"),
            Person(id=app, name="Secondkey", kind="bot"),
        ),
        groups=(
            Group(id="S00000001", handle="engineering", members=members),
            Group(id="S00000002", handle="dba", members=(mara, jonas)),
        ),
        channels=(
            Channel(id="C00000001", name="general", members=(*members, deploybot, app)),
            Channel(id="C00000002", name="ops", members=(*members, leo, deploybot, app)),
            Channel(id="C00000003", name="incidents", members=(*members, deploybot, app)),
            Channel(id="C00000004", name="random", members=members),
            Channel(id="C00000005", name="dba-only", members=(mara, jonas, app), is_private=True),
            Channel(id="C00000006", name="partners", members=(mara, priya, irene, app), is_shared=True),
        ),
    )
