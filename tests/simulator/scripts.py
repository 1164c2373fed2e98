"""The simulated Slack as scripts use it."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

_open = build_opener(ProxyHandler({})).open
Message = dict[str, Any]


class Refused(Exception):
    """An answer of 400 to 499, with its JSON."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.answer = answer


class Scripts:
    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: str) -> Any:
        return self._ask(Request(f"{self.url}/simulator/{path}?{urlencode(query)}"))

    def post(self, path: str, **body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        return self._ask(Request(f"{self.url}/simulator/{path}", json.dumps(body).encode(), headers))

    def messages(self, channel: str, as_user: str = "") -> list[Message]:
        found: list[Message] = self.get("messages", channel=channel, **({"as": as_user} if as_user else {}))
        return found

    def texts(self, channel: str, as_user: str = "") -> list[str]:
        return [message["text"] for message in self.messages(channel, as_user)]

    def _ask(self, request: Request) -> Any:
        try:
            with _open(request, timeout=30) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            with refusal:
                raise Refused(refusal.code, json.load(refusal)) from None
