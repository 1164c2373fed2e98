"""What scripts do and see, letter by letter as it is promised to them."""

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.errors import CommandFailed
from bot.simulator.server import Simulator
from bot.simulator.workspace import Workspace, demo_workspace
from tests.simulator.conftest import APP, MANIFEST
from tests.simulator.scripts import Message, Refused, Scripts

OPS = "C00000002"


def button(action_id: str, value: str = "") -> Message:
    text = {"type": "plain_text", "text": action_id}
    return {"type": "button", "action_id": action_id, "text": text, **({"value": value} if value else {})}


def refused(act: Callable[..., object], *path: str, **body: object) -> Refused:
    with pytest.raises(Refused) as raised:
        act(*path, **body)
    assert 400 <= raised.value.status < 500
    assert raised.value.answer["error"]
    assert "hint" in raised.value.answer
    return raised.value


def test_the_demo_has_the_people_that_are_promised(scripts: Scripts) -> None:
    people = scripts.get("people")
    assert all(set(person) == {"id", "name", "kind", "groups"} for person in people)
    members = [person for person in people if person["kind"] == "member"]
    assert [person["id"] for person in members if "dba" in person["groups"]] == ["U00000001", "U00000002"]
    assert [person["name"] for person in members if "dba" not in person["groups"]] == ["Priya"]
    assert all("engineering" in person["groups"] for person in members)
    others = [person["kind"] for person in people if person["kind"] != "member"]
    assert others == ["guest", "stranger", "bot", "bot"]
    assert [person["id"] for person in people if person["kind"] == "bot"] == ["U00000006", APP]


def test_channels_and_commands_are_listed(scripts: Scripts) -> None:
    channels = {channel["name"]: channel for channel in scripts.get("channels")}
    assert {"ops", "incidents", "general"} <= {
        name for name, one in channels.items() if APP in one["members"]
    }
    assert channels["dba-only"]["is_private"]
    handles = {group["id"]: group["handle"] for group in scripts.get("groups")}
    assert {"dba", "engineering"} <= set(handles.values())
    assert scripts.get("commands")[0] == {
        "command": "/backup", "description": "Back up", "usage_hint": "[reason]",
    }  # fmt: skip
    assert scripts.get("disasters") == []


def test_messages_have_reactions_with_names_people_and_counts(scripts: Scripts, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=OPS, text="first")["ts"]
    client.chat_postMessage(channel=OPS, text="second")
    client.reactions_add(channel=OPS, timestamp=ts, name="white_check_mark")
    answer = scripts.post("reaction", user="Mara", channel="ops", ts=ts, name="white_check_mark")
    assert answer["ok"]
    first, second = scripts.messages("ops")
    assert (first["ts"], first["text"], second["text"]) == (ts, "first", "second")
    reaction = {"name": "white_check_mark", "users": [APP, "U00000001"], "count": 2}
    assert (first["reactions"], second["reactions"]) == ([reaction], [])
    assert (first["bot_id"], first["user"]) == ("B00000001", APP)
    scripts.post("reaction", user="Mara", channel=OPS, ts=ts, name=":white_check_mark:", remove=True)
    assert scripts.messages("ops")[0]["reactions"][0]["count"] == 1


def test_a_refused_reaction_says_why(scripts: Scripts, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=OPS, text="first")["ts"]
    at = {"user": "Mara", "channel": "ops", "ts": ts}
    scripts.post("reaction", **at, name="eyes")
    assert refused(scripts.post, "reaction", **at, name="eyes").answer["error"] == "already_reacted"
    assert refused(scripts.post, "reaction", **at, name="x", remove=True).answer["error"] == "no_reaction"
    assert refused(scripts.post, "reaction", **at, name="nonsense").answer["error"] == "invalid_name"
    lost = refused(scripts.post, "reaction", **{**at, "ts": "1.0"}, name="eyes")
    assert lost.answer["error"] == "message_not_found"


def test_people_and_channels_go_by_id_or_name_in_any_case(scripts: Scripts) -> None:
    for number, (user, channel) in enumerate(
        [("U00000001", OPS), ("mara", "ops"), ("Mara", "#OPS"), ("@MARA", "Ops")], start=1
    ):
        scripts.post("message", user=user, channel=channel, text=str(number))
        assert len(scripts.messages("ops")) == number
    assert "there are: Mara" in refused(scripts.get, "views", user="Nobody").answer["hint"]
    assert "ops" in refused(scripts.get, "messages", channel="nowhere").answer["hint"]


def test_a_private_channel_and_direct_messages_are_their_peoples_own(
    scripts: Scripts, client: WebClient
) -> None:
    client.chat_postMessage(channel="U00000001", text="for Mara")
    client.chat_postMessage(channel="C00000005", text="for two")
    assert scripts.texts("Mara", "Mara") == ["for Mara"]
    assert scripts.texts("dba-only", "Jonas") == ["for two"]
    assert refused(scripts.get, "messages", channel="Mara", **{"as": "Jonas"}).status == 403
    assert refused(scripts.get, "messages", channel="dba-only", **{"as": "Priya"}).status == 403
    assert refused(scripts.post, "message", user="Leo", channel="dba-only", text="x").status == 403
    assert scripts.messages("Priya", "Priya") == []


def test_an_unknown_command_is_refused(scripts: Scripts) -> None:
    assert (
        refused(scripts.post, "command", user="Mara", channel="ops", command="/nope", text="").status == 404
    )
    threaded = {"user": "Mara", "channel": "ops", "command": "/backup", "thread_ts": "1.0"}
    assert "threads" in refused(scripts.post, "command", **threaded).answer["error"]


def test_without_a_connection_the_person_is_told(scripts: Scripts) -> None:
    answer = scripts.post("command", user="Mara", channel="ops", command="/backup", text="x")
    assert (answer["ok"], answer["error"]) == (False, "dispatch_failed")
    told = scripts.messages("ops", "Mara")[0]
    assert "/backup failed: the app is not responding" in told["text"]
    assert (told["is_ephemeral"], told["username"]) == (True, "Slackbot")
    assert scripts.messages("ops") == []


def test_what_is_not_in_the_message_cannot_be_tapped(scripts: Scripts, client: WebClient) -> None:
    buttons = {
        "type": "actions",
        "block_id": "b",
        "elements": [button("go", "projectledger"), button("stop")],
    }
    ts = client.chat_postMessage(channel=OPS, text="x", blocks=[buttons])["ts"]
    at = {"user": "Mara", "channel": "ops", "ts": ts}
    absent = refused(scripts.post, "action", **at, action_id="other")
    assert (absent.status, absent.answer["hint"]) == (404, "there are: go, stop")
    assert refused(scripts.post, "action", **at, action_id="go", value="elsewhere").status == 404
    assert refused(scripts.post, "action", **at, action_id="go", block_id="c").status == 404
    assert refused(scripts.post, "action", **{**at, "ts": "1.0"}, action_id="go").status == 409
    assert scripts.post("action", **at, action_id="go")["error"] == "dispatch_failed"


def test_bodies_that_cannot_be_read_are_refused(scripts: Scripts) -> None:
    assert (
        refused(scripts.post, "command", user="Mara", channel="ops").answer["error"] == "'command' is missing"
    )
    assert refused(scripts.post, "nothing").status == 404
    assert refused(scripts.get, "command").status == 404


def test_a_disaster_answers_when_it_has_happened(workspace: Workspace) -> None:
    happened: list[str] = []

    def strike(kind: str) -> None:
        if kind == "flood":
            raise CommandFailed("the pump does not stop", "pull the plug")
        happened.append(f"{kind} in {threading.current_thread() is not threading.main_thread()}")

    simulator = Simulator(0, None, workspace, strike, ("fire", "flood"))
    simulator.start()
    scripts = Scripts(simulator.url)
    assert scripts.get("disasters") == ["fire", "flood"]
    assert scripts.post("disaster", kind="fire") == {"ok": True, "kind": "fire"}
    assert happened == ["fire in True"]
    failed = refused(scripts.post, "disaster", kind="flood").answer
    assert (failed["error"], failed["hint"]) == ("the pump does not stop", "pull the plug")
    assert refused(scripts.post, "disaster", kind="quake").answer["hint"] == "there are: fire, flood"
    simulator.stop()


def test_everything_is_found_again_after_a_restart(tmp_path: Path, workspace: Workspace) -> None:
    first = Simulator(0, tmp_path, workspace)
    first.start()
    scripts = Scripts(first.url)
    ts = scripts.post("message", user="Mara", channel="ops", text="kept")["ts"]
    scripts.post("reaction", user="Jonas", channel="ops", ts=ts, name="eyes")
    before, tokens = scripts.messages("ops"), (first.workspace.bot_token, first.workspace.app_token)
    first.stop()
    given = dataclasses.replace(demo_workspace(), people=demo_workspace().people[-1:])
    again = Simulator(0, tmp_path, given.with_manifest(MANIFEST))
    again.start()
    scripts = Scripts(again.url)
    assert (again.workspace.bot_token, again.workspace.app_token) == tokens
    assert scripts.messages("ops") == before
    assert len(scripts.get("people")) == len(workspace.people)
    later = scripts.post("message", user="Mara", channel="ops", text="later")["ts"]
    assert float(later) > float(ts)
    again.stop()


def test_a_response_url_that_never_was_answers_like_slack(simulator: Simulator) -> None:
    answer = WebhookClient(f"{simulator.url}/response/nonsense").send(text="x")
    assert (answer.status_code, "expired_url" in answer.body) == (404, True)


def test_admins_delete_messages_archive_and_share_channels(scripts: Scripts, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=OPS, text="to be deleted")["ts"]
    scripts.post("delete", channel="ops", ts=ts)
    assert "to be deleted" not in scripts.texts(OPS)
    refused(scripts.post, "delete", channel="ops", ts=ts)
    scripts.post("channel", channel="ops", archived=True, shared=True)
    found = client.conversations_info(channel=OPS)["channel"]
    assert (found["is_archived"], found["is_ext_shared"], found["is_member"]) == (True, True, True)
    scripts.post("channel", channel="ops", archived=False, shared=False, members=["Mara"])
    found = client.conversations_info(channel=OPS)["channel"]
    assert (found["is_archived"], found["is_ext_shared"], found["is_member"]) == (False, False, False)


def test_admins_change_groups_and_people(scripts: Scripts, client: WebClient) -> None:
    scripts.post("group", handle="dba", members=["Priya"])
    assert client.usergroups_users_list(usergroup="S00000002")["users"] == ["U00000003"]
    refused(scripts.post, "group", handle="nobody", members=[])
    scripts.post("person", user="Priya", flags=["deleted"])
    assert client.users_info(user="U00000003")["user"]["deleted"]
    scripts.post("person", user="Priya", flags=[])
    assert not client.users_info(user="U00000003")["user"]["deleted"]
