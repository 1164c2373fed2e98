"""Files: announced, uploaded to an address of their own, and shared in a message."""

import base64
import mimetypes
import secrets
from collections.abc import Mapping
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.world import World

_KIND = "file"
#: The characters of the words for whoever does not see a picture.
ALT_CHARS = 1000


def announce(world: World, name: str, length: int, alt_text: str) -> tuple[str, str]:
    """Expect a file of so many bytes; returns its id and the token of the address to upload it to."""
    if len(alt_text) > ALT_CHARS:
        raise SlackError("alt_txt_too_large")
    file_id, token = world.next_id("F"), secrets.token_urlsafe(18)
    announced = {"name": name, "length": length, "alt_txt": alt_text, "token": token, "content": None}
    world.store.put(_KIND, file_id, announced)
    return file_id, token


def receive(world: World, file_id: str, token: str, content: bytes) -> None:
    """Take what was announced: under its token, at its length, once."""
    found = _find(world, file_id)
    expected = (found["token"], found["length"], None)
    if (token, len(content), found["content"]) != expected:
        raise SlackError("upload_failed")
    world.store.put(_KIND, file_id, {**found, "content": base64.b64encode(content).decode()})


def complete(world: World, file_id: str, title: str) -> dict[str, Any]:
    """The file as Slack shows it in a message."""
    found = _find(world, file_id)
    if found["content"] is None:
        raise SlackError("file_not_found")
    kind = kind_of(found["name"])
    return {
        "id": file_id,
        "name": found["name"],
        "title": title or found["name"],
        "mimetype": kind,
        "filetype": kind.rpartition("/")[2],
        "size": found["length"],
        "user": world.app.id,
        "mode": "hosted",
        "url_private": f"/files/{file_id}/{found['name']}",
        **({"alt_txt": found["alt_txt"]} if found["alt_txt"] else {}),
    }


def content_of(world: World, file_id: str) -> tuple[str, bytes]:
    """Its name and its bytes."""
    found = _find(world, file_id)
    if found["content"] is None:
        raise SlackError("file_not_found")
    return found["name"], base64.b64decode(found["content"])


def kind_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _find(world: World, file_id: str) -> Mapping[str, Any]:
    found = world.store.get(_KIND, file_id)
    if found is None:
        raise SlackError("file_not_found")
    return found
