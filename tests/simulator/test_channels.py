"""Channels as the app makes them: names, people, topics, pins, bookmarks, canvases; and edited messages."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.simulator.server import Simulator
from bot.simulator.workspace import Workspace, demo_workspace
from tests import waiting
from tests.simulator.conftest import APP, MANIFEST, client_of
from tests.simulator.scripts import Refused, Scripts

OPS, GENERAL, RANDOM, PRIVATE = "C00000002", "C00000001", "C00000004", "C00000005"
MARA, PRIYA, IRENE = "U00000001", "U00000003", "U00000005"
Start = Callable[[Workspace], Simulator]


@pytest.fixture
def workspace() -> Workspace:
    """Its app hears what is said in public channels."""
    heard = {"event_subscriptions": {"bot_events": ["message.channels"]}}
    return demo_workspace().with_manifest({**MANIFEST, "settings": heard})


def refusal(call: Callable[..., SlackResponse], **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as raised:
        call(**arguments)
    answer: dict[str, Any] = raised.value.response.data
    return answer


def code(call: Callable[..., SlackResponse], **arguments: Any) -> str:
    return str(refusal(call, **arguments)["error"])


def granted(*scopes: str) -> dict[str, Any]:
    return {**MANIFEST, "oauth_config": {"scopes": {"bot": list(scopes)}}}


def make(client: WebClient, name: str = "inc-1", **more: Any) -> str:
    return str(client.conversations_create(name=name, **more)["channel"]["id"])


def markdown(text: str) -> dict[str, str]:
    return {"type": "markdown", "markdown": text}


def test_a_channel_is_made_with_the_app_in_it_and_once(client: WebClient, scripts: Scripts) -> None:
    made = client.conversations_create(name="inc-2026-11-30-projectledger")["channel"]
    assert (made["name"], made["is_member"], made["is_private"]) == (
        "inc-2026-11-30-projectledger", True, False,
    )  # fmt: skip
    assert code(client.conversations_create, name=made["name"]) == "name_taken"
    client.conversations_archive(channel=made["id"])
    assert code(client.conversations_create, name=made["name"]) == "name_taken"
    assert client.conversations_create(name="inc-quiet", is_private=True)["channel"]["is_private"]
    assert {"inc-2026-11-30-projectledger", "inc-quiet"} < {one["name"] for one in scripts.get("channels")}


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("with space", "invalid_name_specials"),
        ("Upper", "invalid_name_specials"),
        ("dot.ted", "invalid_name_specials"),
        ("-_-", "invalid_name_punctuation"),
    ],
)
def test_a_channels_name_keeps_slacks_rules(client: WebClient, name: str, refused: str) -> None:
    assert code(client.conversations_create, name=name) == refused


def test_making_a_channel_needs_the_scope_of_its_kind(start: Start, workspace: Workspace) -> None:
    client = client_of(start(workspace.with_manifest(granted("channels:manage", "channels:read"))))
    channel = make(client)
    assert refusal(client.conversations_create, name="quiet", is_private=True)["needed"] == "groups:write"
    assert refusal(client.conversations_setTopic, channel=PRIVATE, topic="x")["needed"] == "groups:write"
    assert refusal(client.pins_add, channel=channel, timestamp="1.1")["needed"] == "pins:write"
    assert refusal(client.canvases_create, title="x")["needed"] == "canvases:write"
    adding = {"channel_id": channel, "title": "x", "type": "link", "link": "https://example.com"}
    assert refusal(client.bookmarks_add, **adding)["needed"] == "bookmarks:write"


def test_people_are_invited_all_or_none_unless_forced(client: WebClient, scripts: Scripts) -> None:
    channel = make(client)
    client.conversations_invite(channel=channel, users=[MARA])
    assert code(client.conversations_invite, channel=channel, users=[MARA]) == "already_in_channel"
    assert code(client.conversations_invite, channel=channel, users=[APP]) == "cant_invite_self"
    assert code(client.conversations_invite, channel=channel, users=[IRENE]) == "cant_invite"
    assert code(client.conversations_invite, channel=RANDOM, users=[MARA]) == "not_in_channel"
    answer = refusal(client.conversations_invite, channel=channel, users=[PRIYA, "U404"])
    assert (answer["error"], answer["errors"]) == (
        "user_not_found", [{"user": "U404", "ok": False, "error": "user_not_found"}],
    )  # fmt: skip
    assert client.conversations_members(channel=channel)["members"] == [APP, MARA]
    client.conversations_invite(channel=channel, users=[PRIYA, "U404"], force=True)
    assert client.conversations_members(channel=channel)["members"] == [APP, MARA, PRIYA]
    assert code(client.conversations_invite, channel=channel, users=["U404"], force=True) == "user_not_found"
    many = [f"U1{number:07}" for number in range(101)]
    assert code(client.conversations_invite, channel=channel, users=many) == "too_many_users"


def test_a_channel_says_what_it_is_for(client: WebClient, scripts: Scripts) -> None:
    channel = make(client)
    topic = client.conversations_setTopic(channel=channel, topic="all rows are gone")["channel"]["topic"]
    client.conversations_setPurpose(channel=channel, purpose="to bring them back")
    assert topic["value"] == "all rows are gone"
    shown = next(one for one in scripts.get("channels") if one["id"] == channel)
    assert (shown["topic"], shown["purpose"]) == ("all rows are gone", "to bring them back")
    assert code(client.conversations_setTopic, channel=channel, topic="x" * 251) == "too_long"
    assert code(client.conversations_setPurpose, channel=RANDOM, purpose="x") == "not_in_channel"


def test_an_archived_channel_takes_nothing_more(client: WebClient) -> None:
    channel = make(client)
    ts = str(client.chat_postMessage(channel=channel, text="last words")["ts"])
    client.conversations_archive(channel=channel)
    assert code(client.conversations_archive, channel=channel) == "already_archived"
    assert code(client.conversations_archive, channel=GENERAL) == "cant_archive_general"
    assert code(client.conversations_invite, channel=channel, users=[MARA]) == "is_archived"
    assert code(client.conversations_setTopic, channel=channel, topic="x") == "is_archived"
    assert code(client.pins_add, channel=channel, timestamp=ts) == "is_archived"
    assert code(client.canvases_create, title="x", channel_id=channel) == "is_archived"


def test_a_message_is_pinned_once_and_the_list_has_the_newest_first(
    client: WebClient, scripts: Scripts
) -> None:
    first, second = (str(client.chat_postMessage(channel=OPS, text=text)["ts"]) for text in ("one", "two"))
    client.pins_add(channel=OPS, timestamp=first)
    assert code(client.pins_add, channel=OPS, timestamp=first) == "already_pinned"
    assert code(client.pins_add, channel=OPS, timestamp="1.000001") == "message_not_found"
    assert code(client.pins_add, channel=OPS, timestamp="now") == "bad_timestamp"
    assert code(client.api_call, api_method="pins.add", json={"channel": OPS}) == "no_item_specified"
    (item,) = client.pins_list(channel=OPS)["items"]
    assert (item["message"]["text"], item["created_by"]) == ("one", APP)
    assert [message.get("pinned_to") for message in scripts.messages("ops")] == [[OPS], None]
    assert client.conversations_history(channel=OPS)["pin_count"] == 1
    client.chat_update(channel=OPS, ts=first, text="one, edited")
    assert client.pins_list(channel=OPS)["items"][0]["message"]["text"] == "one, edited"
    client.pins_remove(channel=OPS, timestamp=first)
    assert code(client.pins_remove, channel=OPS, timestamp=first) == "no_pin"
    assert code(client.pins_remove, channel=OPS, timestamp=second) == "no_pin"
    assert client.pins_list(channel=OPS)["items"] == []


def test_bookmarks_are_links_only(client: WebClient, scripts: Scripts) -> None:
    adding = {"channel_id": OPS, "title": "Runbook", "type": "link", "link": "https://example.com/runbook"}
    client.bookmarks_add(**adding)
    assert code(client.bookmarks_add, **{**adding, "link": "javascript:alert(1)"}) == "invalid_link"
    assert code(client.bookmarks_add, **{**adding, "type": "file"}) == "invalid_bookmark_type"
    assert [one["title"] for one in client.bookmarks_list(channel_id=OPS)["bookmarks"]] == ["Runbook"]
    shown = next(one for one in scripts.get("channels") if one["id"] == OPS)
    assert shown["bookmarks"] == [{"title": "Runbook", "link": "https://example.com/runbook"}]


def test_a_canvas_is_a_tab_of_its_channel_and_can_be_replaced(client: WebClient, scripts: Scripts) -> None:
    content = markdown("# Report")
    canvas = client.canvases_create(title="Report", document_content=content, channel_id=OPS)["canvas_id"]
    (shown,) = scripts.get("canvases", channel="ops")
    assert (shown["id"], shown["title"], shown["markdown"]) == (canvas, "Report", "# Report")
    change = {"operation": "replace", "document_content": markdown("# Report, closed")}
    client.canvases_edit(canvas_id=canvas, changes=[change])
    assert scripts.get("canvases", channel="ops")[0]["markdown"] == "# Report, closed"
    assert code(client.canvases_edit, canvas_id="F404", changes=[change]) == "canvas_not_found"
    client.conversations_canvases_create(channel_id=OPS, document_content=markdown("about"))
    assert code(client.conversations_canvases_create, channel_id=OPS, document_content=markdown("x")) == (
        "channel_canvas_already_exists"
    )


def test_markdown_that_canvases_do_not_take_is_refused_with_the_reason(client: WebClient) -> None:
    deep = refusal(client.canvases_create, document_content=markdown("#### too deep"))
    assert (deep["error"], deep["detail"]) == ("canvas_creation_failed", "Unsupported heading depth (4)")
    row = "| a | b | c |\n"
    client.canvases_create(document_content=markdown(row * 100))
    assert code(client.canvases_create, document_content=markdown(row * 101)) == "canvas_creation_failed"
    assert code(client.canvases_create, document_content={"type": "html"}) == "invalid_arguments"


def test_canvases_hang_on_the_plan_and_on_the_administrator(start: Start, workspace: Workspace) -> None:
    free = client_of(start(dataclasses.replace(workspace, is_paid=False)))
    assert code(free.canvases_create, title="x") == "free_teams_cannot_create_non_tabbed_canvases"
    free.canvases_create(title="x", channel_id=OPS)
    assert code(free.canvases_create, title="y", channel_id=OPS) == "free_team_canvas_tab_already_exists"
    without = client_of(start(dataclasses.replace(workspace, has_canvases=False)))
    assert code(without.canvases_create, title="x", channel_id=OPS) == "canvas_disabled_user_team"


def test_people_edit_and_delete_their_own_messages_and_the_app_hears_of_it(
    run_bolt: Callable[[App], None], simulator: Simulator, app: App
) -> None:
    heard: list[dict[str, Any]] = []

    @app.event("message")
    def hear(event: dict[str, Any]) -> None:
        heard.append(event)

    run_bolt(app)
    scripts = Scripts(simulator.url)
    ts = scripts.post("message", user="Mara", channel="ops", text="12:00 all gone")["ts"]
    with pytest.raises(Refused, match="cant_update_message"):
        scripts.post("edit", user="Jonas", channel="ops", ts=ts, text="x")
    scripts.post("edit", user="Mara", channel="ops", ts=ts, text="12:05 all gone")
    (shown,) = scripts.messages("ops")
    assert (shown["text"], shown["edited"]["user"]) == ("12:05 all gone", MARA)
    with pytest.raises(Refused, match="cant_delete_message"):
        scripts.post("delete", user="Jonas", channel="ops", ts=ts)
    scripts.post("delete", user="Mara", channel="ops", ts=ts)
    assert scripts.messages("ops") == []
    waiting.until(lambda: len(heard) == 3)
    told = {(one.get("subtype"), one.get("previous_message", {}).get("text")) for one in heard}
    assert told == {
        (None, None),
        ("message_changed", "12:00 all gone"),
        ("message_deleted", "12:05 all gone"),
    }


def test_a_deleted_message_with_replies_leaves_a_stone(client: WebClient, scripts: Scripts) -> None:
    root = scripts.post("message", user="Mara", channel="ops", text="never mind")["ts"]
    scripts.post("message", user="Priya", channel="ops", text="too late", thread_ts=root)
    scripts.post("delete", user="Mara", channel="ops", ts=root)
    stone, reply = client.conversations_replies(channel=OPS, ts=root)["messages"]
    assert (stone["subtype"], stone["text"]) == ("tombstone", "This message was deleted.")
    assert reply["text"] == "too late"
    with pytest.raises(Refused, match="cant_delete_message"):
        scripts.post("delete", user="Mara", channel="ops", ts=root)
