"""People in the simulated Slack, as scripts see them."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

_open = build_opener(ProxyHandler({})).open
Message = dict[str, Any]
#: How often a condition is looked at, in seconds.
LOOK = 0.1


class Slack:
    """What people do in Slack, through the simulator's script API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.people = {person["name"]: person for person in self.get("people")}

    def one(self, kind: str = "member", group: str | None = None, without: str | None = None) -> str:
        """The id of somebody of this kind, in or not in a group."""
        return next(
            person["id"]
            for person in self.people.values()
            if person["kind"] == kind
            and (group is None or group in person["groups"])
            and (without is None or without not in person["groups"])
        )

    def command(self, user: str, channel: str, command: str, text: str = "", **more: Any) -> Any:
        return self.post("command", user=user, channel=channel, command=command, text=text, **more)

    def tap(self, user: str, channel: str, message: Message, action_id: str) -> Any:
        """Tap a button of a message."""
        value = next(button["value"] for button in buttons(message) if button["action_id"] == action_id)
        return self.post(
            "action", user=user, channel=channel, ts=message["ts"], action_id=action_id, value=value
        )

    def react(self, user: str, channel: str, message: Message, name: str, *, remove: bool = False) -> Any:
        """Add or take back a reaction."""
        return self.post("reaction", user=user, channel=channel, ts=message["ts"], name=name, remove=remove)

    def fill_in(self, user: str, text: str, limit: float = 40) -> None:
        """Write into the form that opens for somebody, and send it."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            for view in self.get(f"views?user={quote(user)}"):
                if view["type"] == "modal":
                    self.post("submit", user=user, view_id=view["id"], values={"text": {"text": text}})
                    return
            time.sleep(LOOK)
        raise AssertionError(f"no form opened for {user} within {limit} s")

    def messages(self, channel: str, as_user: str | None = None) -> list[Message]:
        whose = f"&as={quote(as_user)}" if as_user else ""
        found: list[Message] = self.get(f"messages?channel={quote(channel)}{whose}")
        return found

    def wait(
        self, channel: str, fits: Callable[[Message], bool], as_user: str | None = None, limit: float = 40
    ) -> Message:
        """The newest message that fits, as soon as there is one."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            for message in reversed(self.messages(channel, as_user)):
                if fits(message):
                    return message
            time.sleep(LOOK)
        seen = [text_of(message) for message in self.messages(channel, as_user)]
        raise AssertionError(f"no such message within {limit} s; there are: {seen}")

    def get(self, path: str) -> Any:
        with _open(f"{self.url}/simulator/{path}", timeout=20) as answer:
            return json.load(answer)

    def post(self, path: str, **body: Any) -> Any:
        request = Request(
            f"{self.url}/simulator/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with _open(request, timeout=60) as answer:
            return json.load(answer)


def text_of(message: Message) -> str:
    """Everything that a message says."""
    return message.get("text", "") + " " + json.dumps(message.get("blocks", []), ensure_ascii=False)


def says(*words: str) -> Callable[[Message], bool]:
    return lambda message: all(word in text_of(message) for word in words)


def buttons(message: Message) -> list[dict[str, Any]]:
    return [
        element
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
    ]
