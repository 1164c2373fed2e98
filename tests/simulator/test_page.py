"""The page, its stream of changes, and who is kept out."""

import http.client
import json
import re
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.errors import SecondkeyError
from bot.simulator.page import FOLDER
from bot.simulator.server import Simulator
from bot.simulator.workspace import Workspace
from tests.simulator.scripts import Scripts

OPS = "C00000002"


def ask(
    simulator: Simulator, method: str, path: str, headers: dict[str, str] | None = None, body: str = ""
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=10)
    connection.request(method, path, body or None, headers or {})
    with connection.getresponse() as answer:
        read = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return read


class Stream:
    """One person's stream of changes."""

    def __init__(self, simulator: Simulator, person: str) -> None:
        self._connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=10)
        self._connection.request("GET", f"/simulator/events?as={person}")
        self._answer = self._connection.getresponse()
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        self._answer.readline()

    def changed(self) -> str:
        """The next place that changed; empty where the stream has ended."""
        while line := self._answer.readline():
            if line.startswith(b"data: "):
                return str(json.loads(line.removeprefix(b"data: "))["changed"])
        return ""

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def test_the_page_and_its_files_are_served_uncached(simulator: Simulator) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
    for path in FOLDER.iterdir():
        status, headers, body = ask(simulator, "GET", f"/{path.name}")
        assert (status, headers["content-type"]) == (200, f"{types[path.suffix]}; charset=utf-8")
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert body == path.read_bytes()
    assert ask(simulator, "GET", "/")[2] == (FOLDER / "index.html").read_bytes()


def test_every_path_that_the_page_asks_for_is_there(scripts: Scripts) -> None:
    asked = {
        name
        for path in FOLDER.glob("*.js")
        for name in re.findall(r'(?<!\.)\bget\("(\w+)"', path.read_text())
    }
    assert asked == {"people", "groups", "channels", "commands", "disasters", "messages", "views", "canvases"}
    for name in asked:
        scripts.get(name, channel="ops", user="Mara", **{"as": "Mara"})


def test_nothing_outside_the_pages_folder_is_served(simulator: Simulator) -> None:
    for path in ("/../server.py", "/%2e%2e/server.py", "/page/../../errors.py", "/server.py"):
        assert ask(simulator, "GET", path)[0] == 404


def test_other_names_for_the_address_are_refused(simulator: Simulator) -> None:
    for host in ("attacker.example", "127.0.0.1.attacker.example:80", "", "[", "10.0.0.1"):
        for path in ("/", "/simulator/people", "/api/auth.test"):
            assert ask(simulator, "GET", path, {"Host": host})[0] in (400, 403)
    for host in ("localhost:8040", "127.0.0.1", "[::1]:8040"):
        assert ask(simulator, "GET", "/simulator/people", {"Host": host})[0] == 200


def test_pages_of_other_origins_are_refused(simulator: Simulator) -> None:
    body = json.dumps({"user": "Mara", "channel": "ops", "text": "forged"})
    for headers in (
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": simulator.url.replace("http", "https")},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert ask(simulator, "POST", "/simulator/message", headers, body)[0] == 403
    assert Scripts(simulator.url).messages("ops") == []
    own = {"Origin": simulator.url, "Sec-Fetch-Site": "same-origin"}
    assert ask(simulator, "POST", "/simulator/message", own, body)[0] == 200


def test_it_listens_on_loopback_only(simulator: Simulator) -> None:
    port = int(simulator.url.rpartition(":")[2])
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if int(line.split()[1].rpartition(":")[2], 16) == port and line.split()[3] == "0A"
    ]
    assert listening == [f"0100007F:{port:04X}"]


def test_changes_reach_those_who_may_see_them(simulator: Simulator, client: WebClient) -> None:
    mara, priya = Stream(simulator, "Mara"), Stream(simulator, "Priya")
    client.chat_postEphemeral(channel=OPS, user="U00000001", text="only you")
    client.chat_postMessage(channel="C00000005", text="not for Priya")
    client.chat_postMessage(channel="U00000001", text="for Mara")
    client.views_publish(user_id="U00000001", view={"type": "home", "blocks": []})
    client.chat_postMessage(channel=OPS, text="for all")
    assert [mara.changed() for _ in range(5)] == [OPS, "C00000005", "D00000001", "home", OPS]
    assert priya.changed() == OPS
    simulator.stop()
    assert (mara.changed(), priya.changed()) == ("", "")
    mara.close()
    priya.close()


def test_a_permalink_is_shown_by_the_page(simulator: Simulator, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=OPS, text="x")["ts"]
    link = client.chat_getPermalink(channel=OPS, message_ts=ts)["permalink"]
    status, headers, _ = ask(simulator, "GET", link.removeprefix(simulator.url))
    assert (status, headers["location"]) == (302, f"/#channel=ops&thread={ts}")


def test_a_canvas_is_found_in_the_channel_whose_tab_it_is(simulator: Simulator, client: WebClient) -> None:
    inside = client.canvases_create(title="Report", channel_id=OPS)["canvas_id"]
    nowhere = client.canvases_create(title="Report")["canvas_id"]
    status, headers, _ = ask(simulator, "GET", f"/docs/T00000001/{inside}")
    assert (status, headers["location"]) == (302, "/#channel=ops")
    assert [ask(simulator, "GET", f"/docs/T00000001/{one}")[0] for one in (nowhere, "F404")] == [404, 404]


def test_a_taken_port_is_told_with_the_cure(simulator: Simulator, workspace: Workspace) -> None:
    second = Simulator(int(simulator.url.rpartition(":")[2]), None, workspace)
    with pytest.raises(SecondkeyError, match="cannot be used") as refusal:
        second.start()
    assert "--port" in refusal.value.hint
    second.stop()
