"""Slack's Web API: who may call what, and what it says when something is wrong."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.simulator.server import Simulator
from bot.simulator.workspace import Channel, Person, Workspace
from tests import waiting
from tests.simulator.conftest import APP, MANIFEST, client_of
from tests.simulator.scripts import Scripts

OPS, RANDOM, PRIVATE, PARTNERS = "C00000002", "C00000004", "C00000005", "C00000006"
MARA, LEO, IRENE, DEPLOYBOT = "U00000001", "U00000004", "U00000005", "U00000006"
Start = Callable[[Workspace], Simulator]


def refusal(call: Callable[..., SlackResponse], **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    answer: dict[str, Any] = raised.value.response.data
    return answer


def code(call: Callable[..., SlackResponse], **arguments: Any) -> str:
    return str(refusal(call, **arguments)["error"])


def post(client: WebClient, text: str = "hello", channel: str = OPS, **more: Any) -> str:
    return str(client.chat_postMessage(channel=channel, text=text, **more)["ts"])


def without(*scopes: str) -> dict[str, Any]:
    granted = [scope for scope in MANIFEST["oauth_config"]["scopes"]["bot"] if scope not in scopes]
    return {**MANIFEST, "oauth_config": {"scopes": {"bot": granted}}}


def test_the_bot_is_told_who_it_is(client: WebClient) -> None:
    answer = client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T00000001", APP, "B00000001")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


def test_tokens_are_told_apart(simulator: Simulator) -> None:
    workspace = simulator.workspace
    assert code(client_of(simulator, token=None).auth_test) == "not_authed"
    assert code(client_of(simulator, "xoxb-made-up").auth_test) == "invalid_auth"
    assert code(client_of(simulator, workspace.app_token).auth_test) == "not_allowed_token_type"
    opening = client_of(simulator).apps_connections_open
    assert code(opening, app_token=workspace.bot_token) == "not_allowed_token_type"
    assert opening(app_token=workspace.app_token)["url"].startswith("ws://127.0.0.1:")


def test_a_missing_scope_is_named(start: Start, workspace: Workspace) -> None:
    client = client_of(start(workspace.with_manifest(without("chat:write", "groups:read"))))
    answer = refusal(client.chat_postMessage, channel=OPS, text="x")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert "users:read" in answer["provided"]
    assert client.conversations_list(types="public_channel")["channels"]
    answer = refusal(client.conversations_list, types="public_channel,private_channel")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")


def test_addresses_are_shown_only_with_the_scope_for_them(start: Start, workspace: Workspace) -> None:
    client = client_of(start(workspace.with_manifest(without("users:read.email"))))
    assert "email" not in client.users_info(user=MARA)["user"]["profile"]
    assert code(client.users_lookupByEmail, email="mara@example.com") == "missing_scope"


def test_an_unknown_method_fails_and_is_recorded(simulator: Simulator, client: WebClient) -> None:
    assert code(lambda: client.api_call("files.delete")) == "unknown_method"
    assert simulator.unknown_calls == ["files.delete"]


def test_a_form_a_query_and_json_say_the_same(client: WebClient) -> None:
    blocks = [{"type": "divider", "block_id": "b"}]
    for sent in (
        {"json": {"channel": OPS, "text": "x", "blocks": blocks}},
        {"params": {"channel": OPS, "text": "x", "blocks": json.dumps(blocks)}},
        {"data": {"channel": OPS, "text": "x", "blocks": json.dumps(blocks)}},
    ):
        assert client.api_call("chat.postMessage", **sent)["message"]["blocks"] == blocks


def test_messages_go_only_where_the_app_is(client: WebClient, start: Start, workspace: Workspace) -> None:
    assert code(client.chat_postMessage, channel="C404", text="x") == "channel_not_found"
    assert code(client.chat_postMessage, channel=RANDOM, text="x") == "not_in_channel"
    assert code(client.chat_postMessage, channel="U404", text="x") == "channel_not_found"
    assert code(client.chat_postMessage, channel=DEPLOYBOT, text="x") == "cannot_dm_bot"
    assert code(client.api_call, api_method="chat.postMessage", json={"channel": OPS}) == "no_text"
    assert client.chat_postMessage(channel="#ops", text="x")["channel"] == OPS
    old, locked = (
        Channel(id="C1", name="old", members=(APP,), is_archived=True),
        Channel(id="C2", name="locked", members=(MARA,), is_private=True),
    )
    other = client_of(start(dataclasses.replace(workspace, channels=(old, locked))))
    assert code(other.chat_postMessage, channel="C1", text="x") == "is_archived"
    assert code(other.chat_postMessage, channel="C2", text="x") == "channel_not_found"
    assert [
        channel["name"]
        for channel in other.conversations_list(types="public_channel,private_channel")["channels"]
    ] == ["old"]


def test_a_person_is_written_to_in_their_direct_messages(client: WebClient, scripts: Scripts) -> None:
    answer = client.chat_postMessage(channel=MARA, text="for you")
    assert answer["channel"] == "D00000001"
    assert scripts.texts("Mara", "Mara") == ["for you"]
    assert client.chat_update(channel="D00000001", ts=answer["ts"], text="again")["text"] == "again"
    assert client.conversations_open(users=MARA)["channel"]["id"] == "D00000001"
    assert client.conversations_info(channel="D00000001")["channel"]["user"] == MARA


def test_only_own_messages_are_changed_and_taken_back(client: WebClient, scripts: Scripts) -> None:
    theirs = scripts.post("message", user="Mara", channel="ops", text="mine")["ts"]
    assert code(client.chat_update, channel=OPS, ts=theirs, text="x") == "cant_update_message"
    assert code(client.chat_delete, channel=OPS, ts=theirs) == "cant_delete_message"
    assert code(client.chat_update, channel=OPS, ts="1.000001", text="x") == "message_not_found"
    own = post(client, blocks=[{"type": "divider"}])
    changed = client.chat_update(channel=OPS, ts=own, text="changed")["message"]
    assert (changed["text"], changed["blocks"][0]["type"]) == ("changed", "divider")
    assert changed["edited"]["user"] == APP
    assert client.chat_update(channel=OPS, ts=own, text="bare", blocks=[])["message"]["blocks"] == []
    client.chat_delete(channel=OPS, ts=own)
    assert code(client.chat_delete, channel=OPS, ts=own) == "message_not_found"


def test_bad_blocks_are_refused_with_the_place(client: WebClient) -> None:
    answer = refusal(client.chat_postMessage, channel=OPS, text="x", blocks=[{"type": "section"}])
    assert answer["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/0]" in answer["response_metadata"]["messages"][0]
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2600}}] * 4
    assert code(client.chat_postMessage, channel=OPS, text="x", blocks=long) == "msg_blocks_too_long"


def test_metadata_is_kept_and_shown_to_whoever_asks(client: WebClient) -> None:
    metadata = {"event_type": "operation", "event_payload": {"id": "OP-1"}}
    ts = post(client, metadata=metadata)
    shown = client.conversations_history(channel=OPS, include_all_metadata=True)["messages"][0]
    assert (shown["ts"], shown["metadata"]) == (ts, metadata)
    assert "metadata" not in client.conversations_history(channel=OPS)["messages"][0]
    assert (
        code(client.chat_postMessage, channel=OPS, text="x", metadata={"id": 1}) == "invalid_metadata_format"
    )


def test_threads_are_read_by_their_first_message(client: WebClient, scripts: Scripts) -> None:
    root = post(client, "root")
    reply = post(client, "reply", thread_ts=root)
    scripts.post("message", user="Mara", channel="ops", text="answer", thread_ts=reply)
    assert [one["text"] for one in client.conversations_history(channel=OPS)["messages"]] == ["root"]
    texts = [one["text"] for one in client.conversations_replies(channel=OPS, ts=root)["messages"]]
    assert texts == ["root", "reply", "answer"]
    shown = scripts.messages("ops")
    assert [[one["text"] for one in message["replies"]] for message in shown] == [["reply", "answer"]]
    assert code(client.conversations_replies, channel=OPS, ts="1.000001") == "thread_not_found"


def test_history_is_newest_first_in_pages_and_between_times(client: WebClient) -> None:
    sent = [post(client, str(number)) for number in range(5)]
    pages = [dict(page.data) for page in client.conversations_history(channel=OPS, limit=2)]
    assert [[one["text"] for one in page["messages"]] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert [page["has_more"] for page in pages] == [True, True, False]
    between = client.conversations_history(channel=OPS, oldest=sent[1], latest=sent[3])["messages"]
    assert [one["text"] for one in between] == ["2"]
    inclusive = client.conversations_history(channel=OPS, oldest=sent[1], latest=sent[3], inclusive=True)
    assert [one["text"] for one in inclusive["messages"]] == ["3", "2", "1"]
    assert code(client.conversations_history, channel=OPS, cursor="nonsense") == "invalid_cursor"
    assert code(client.conversations_history, channel=RANDOM) == "not_in_channel"


def test_ephemeral_messages_are_seen_by_their_person_alone(client: WebClient, scripts: Scripts) -> None:
    client.chat_postEphemeral(channel=OPS, user=MARA, text="only you")
    assert scripts.texts("ops", "Mara") == ["only you"]
    assert scripts.messages("ops", "Mara")[0]["is_ephemeral"]
    assert scripts.texts("ops", "Jonas") == scripts.texts("ops") == []
    assert client.conversations_history(channel=OPS)["messages"] == []
    assert code(client.chat_postEphemeral, channel=OPS, user=IRENE, text="x") == "user_not_in_channel"


def test_reactions_are_once_and_by_known_emoji(client: WebClient) -> None:
    ts = post(client)
    client.reactions_add(channel=OPS, timestamp=ts, name="white_check_mark")
    assert code(client.reactions_add, channel=OPS, timestamp=ts, name="white_check_mark") == "already_reacted"
    assert code(client.reactions_add, channel=OPS, timestamp=ts, name="no_such_thing") == "invalid_name"
    client.reactions_add(channel=OPS, timestamp=ts, name="+1::skin-tone-3")
    client.reactions_remove(channel=OPS, timestamp=ts, name="white_check_mark")
    assert code(client.reactions_remove, channel=OPS, timestamp=ts, name="white_check_mark") == "no_reaction"
    assert code(client.reactions_add, channel=OPS, timestamp="1.000001", name="eyes") == "message_not_found"


def test_the_people_of_a_reaction_are_shortened_unless_all_are_asked_for(
    start: Start, workspace: Workspace
) -> None:
    crowd = tuple(Person(id=f"U1000000{n}", name=f"person{n}") for n in range(7))
    simulator = start(dataclasses.replace(workspace, people=(*workspace.people, *crowd)))
    client, scripts = client_of(simulator), Scripts(simulator.url)
    ts = post(client)
    for person in crowd:
        scripts.post("reaction", user=person.id, channel="ops", ts=ts, name="eyes")
    short = client.reactions_get(channel=OPS, timestamp=ts)["message"]["reactions"][0]
    assert (len(short["users"]), short["count"]) == (5, 7)
    whole = client.reactions_get(channel=OPS, timestamp=ts, full=True)["message"]["reactions"][0]
    assert (len(whole["users"]), whole["count"]) == (7, 7)


def test_people_are_as_slack_has_them(client: WebClient) -> None:
    assert client.users_info(user=MARA)["user"]["profile"]["email"] == "mara@example.com"
    assert client.users_info(user=LEO)["user"]["is_restricted"]
    stranger = client.users_info(user=IRENE)["user"]
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T00000002")
    assert client.users_info(user=DEPLOYBOT)["user"]["is_bot"]
    assert code(client.users_info, user="U404") == "user_not_found"
    assert client.users_lookupByEmail(email="Mara@Example.com")["user"]["id"] == MARA
    assert code(client.users_lookupByEmail, email="irene@partner.example") == "users_not_found"
    assert IRENE not in {user["id"] for page in client.users_list(limit=2) for user in page["members"]}
    assert client.users_getPresence(user="U00000002")["presence"] == "away"
    assert client.dnd_teamInfo(users=[MARA])["users"][MARA]["dnd_enabled"] is False
    assert client.dnd_info(user=MARA)["dnd_enabled"] is False
    assert client.team_info()["team"]["id"] == "T00000001"


def test_user_groups_need_a_paid_plan(client: WebClient, start: Start, workspace: Workspace) -> None:
    groups = {group["handle"]: group["id"] for group in client.usergroups_list()["usergroups"]}
    assert client.usergroups_users_list(usergroup=groups["dba"])["users"] == [MARA, "U00000002"]
    assert code(client.usergroups_users_list, usergroup="S404") == "no_such_subteam"
    free = client_of(start(dataclasses.replace(workspace, is_paid=False)))
    assert code(free.usergroups_list) == "plan_upgrade_required"


def test_channels_are_listed_in_pages_with_what_they_are(client: WebClient) -> None:
    pages = client.conversations_list(types="public_channel,private_channel", limit=2)
    channels = {one["name"]: one for page in pages for one in page["channels"]}
    assert {name for name, one in channels.items() if not one["is_member"]} == {"random"}
    assert channels["partners"]["is_ext_shared"]
    assert channels["dba-only"]["is_private"]
    members = [
        member for page in client.conversations_members(channel=OPS, limit=3) for member in page["members"]
    ]
    assert {MARA, LEO, APP} <= set(members)
    assert code(client.conversations_list, types="everything") == "invalid_types"
    assert client.conversations_info(channel=PRIVATE, include_num_members=True)["channel"]["num_members"] == 3


def test_a_rate_limit_names_the_time_and_lets_the_rest_go_on(client: WebClient) -> None:
    for _ in range(10):
        post(client)
    with pytest.raises(SlackApiError) as raised:
        post(client)
    assert (raised.value.response.status_code, raised.value.response["error"]) == (429, "ratelimited")
    assert raised.value.response.headers["retry-after"] == "1"
    post(client, channel=PARTNERS)
    client.users_info(user=MARA)


def test_a_rate_limit_can_be_provoked_and_switched_off(simulator: Simulator, client: WebClient) -> None:
    simulator.faults.rate_limit("users.info", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            client.users_info(user=MARA)
        assert raised.value.response.headers["retry-after"] == "7"
    client.users_info(user=MARA)
    simulator.faults.rate_limits = False
    for _ in range(30):
        post(client)


def test_a_permalink_leads_to_the_message_on_the_page(client: WebClient, simulator: Simulator) -> None:
    ts = post(client)
    link = client.chat_getPermalink(channel=OPS, message_ts=ts)["permalink"]
    assert link.startswith(f"{simulator.url}/archives/{OPS}/p")


def test_a_file_is_uploaded_in_three_steps_and_stands_in_its_thread(
    client: WebClient, scripts: Scripts, simulator: Simulator
) -> None:
    root = post(client, "deployed")
    answer = client.files_upload_v2(
        channel=OPS, thread_ts=root, filename="rows.png", content=b"\x89PNG", title="rows",
        alt_txt="nothing fell", initial_comment="see",
    )  # fmt: skip
    (uploaded,) = answer["files"]
    (reply,) = client.conversations_replies(channel=OPS, ts=root)["messages"][1:]
    (shown,) = reply["files"]
    assert (reply["text"], shown["name"], shown["title"], shown["alt_txt"], shown["mimetype"]) == (
        "see", "rows.png", "rows", "nothing fell", "image/png",
    )  # fmt: skip
    assert shown["id"] == uploaded["id"]
    with urlopen(f"{simulator.url}{shown['url_private']}") as picture:
        assert (picture.read(), picture.headers["Content-Type"]) == (b"\x89PNG", "image/png")
    assert scripts.messages(OPS)[-1]["replies"][0]["files"][0]["id"] == uploaded["id"]
    assert simulator.unknown_calls == []


def test_a_file_is_taken_as_it_was_announced_and_shown_where_the_app_is(
    client: WebClient, start: Start, workspace: Workspace, simulator: Simulator
) -> None:
    announced = client.files_getUploadURLExternal(filename="rows.png", length=3)
    sharing = client.files_completeUploadExternal
    assert code(sharing, files=[{"id": announced["file_id"]}], channel_id=OPS) == "file_not_found"
    with pytest.raises(HTTPError):
        urlopen(announced["upload_url"], data=b"longer")
    urlopen(announced["upload_url"], data=b"abc")
    with pytest.raises(HTTPError):
        urlopen(announced["upload_url"], data=b"abc")
    assert code(sharing, files=[{"id": announced["file_id"]}], channel_id=RANDOM) == "not_in_channel"
    lacking = client_of(start(workspace.with_manifest(without("files:write"))))
    assert refusal(lacking.files_upload_v2, content="x", filename="x.txt")["needed"] == "files:write"


def test_a_home_is_published_and_a_stale_one_refused(client: WebClient, scripts: Scripts) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = client.views_publish(user_id=MARA, view=home)["view"]
    second = client.views_publish(user_id=MARA, view=home, hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    assert code(client.views_publish, user_id=MARA, view=home, hash=first["hash"]) == "hash_conflict"
    assert [view["hash"] for view in scripts.get("views", user="Mara")] == [second["hash"]]
    assert code(client.views_publish, user_id=MARA, view={"type": "modal"}) == "invalid_arguments"


def test_a_trigger_that_never_was_opens_nothing(client: WebClient) -> None:
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "t"}, "blocks": []}
    assert code(client.views_open, trigger_id="1.2.3", view=modal) == "invalid_trigger_id"


def test_joining_needs_its_scope(client: WebClient, start: Start, workspace: Workspace) -> None:
    assert code(client.conversations_join, channel=RANDOM) == "missing_scope"
    manifest = {**MANIFEST, "oauth_config": {"scopes": {"bot": ["channels:join", "chat:write"]}}}
    other = client_of(start(workspace.with_manifest(manifest)))
    other.conversations_join(channel=RANDOM)
    post(other, channel=RANDOM)


def test_times_are_unique_and_always_later(client: WebClient, scripts: Scripts) -> None:
    sent = [post(client, channel=channel) for channel in (OPS, PARTNERS, PRIVATE) for _ in range(5)]
    assert sent == sorted(set(sent), key=float)
    waiting.until(lambda: len(scripts.messages("ops")) == 5)
