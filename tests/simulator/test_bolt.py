"""Real Bolt over real HTTP and websockets: what people do reaches the app, and its answers reach them."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond, Say
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.simulator.server import Simulator
from tests import waiting
from tests.simulator.conftest import APP, client_of
from tests.simulator.scripts import Refused, Scripts

MARA, OPS = "U00000001", "C00000002"
RunBolt = Callable[[App], None]
Body = dict[str, Any]


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def ask_reason(**more: Any) -> Body:
    asked = {
        "type": "input",
        "block_id": "reason",
        "label": plain("Reason"),
        "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
    }
    picked = {
        "type": "input",
        "block_id": "kind",
        "label": plain("Kind"),
        "element": {
            "type": "static_select",
            "action_id": "pick",
            "options": [
                {"text": plain("Manual"), "value": "manual"},
                {"text": plain("Other"), "value": "other"},
            ],
            "initial_option": {"text": plain("Manual"), "value": "manual"},
        },
    }
    return {
        "type": "modal",
        "callback_id": "asked",
        "title": plain("Back up"),
        "submit": plain("Go"),
        "blocks": [asked, picked],
        **more,
    }


def test_a_command_is_acknowledged_and_answered_in_three_ways(
    app: App, run_bolt: RunBolt, scripts: Scripts
) -> None:
    seen: list[Body] = []

    @app.command("/backup")
    def backup(ack: Ack, body: Body, say: Say, respond: Respond) -> None:
        ack("noted")
        seen.append(body)
        say("for everybody")
        respond("for you")
        respond("for all", response_type="in_channel")

    run_bolt(app)
    answer = scripts.post("command", user="Mara", channel="ops", command="/backup", text="  before  v1 ")
    assert answer == {"ok": True, "response": {"text": "noted"}}
    waiting.until(lambda: len(scripts.messages("ops", "Mara")) == 4)
    # The acknowledgement travels by the socket, the rest by HTTP: which arrives first is not settled.
    texts = scripts.texts("ops", "Mara")
    assert "noted" in texts
    assert [text for text in texts if text != "noted"] == ["for everybody", "for you", "for all"]
    assert scripts.texts("ops") == scripts.texts("ops", "Jonas") == ["for everybody", "for all"]
    body = seen[0]
    assert (body["text"], body["user_id"], body["user_name"]) == ("before  v1", MARA, "mara")
    assert (body["channel_id"], body["channel_name"], body["team_id"]) == (OPS, "ops", "T00000001")


def test_a_response_url_is_used_five_times(app: App, run_bolt: RunBolt, scripts: Scripts) -> None:
    statuses: list[int] = []

    @app.command("/backup")
    def backup(ack: Ack, respond: Respond) -> None:
        ack()
        statuses.extend(respond(f"{number}").status_code for number in range(6))

    run_bolt(app)
    scripts.post("command", user="Mara", channel="ops", command="/backup", text="")
    waiting.until(lambda: len(statuses) == 6)
    assert statuses == [200] * 5 + [404]
    assert scripts.texts("ops", "Mara") == list("01234")


def test_a_tap_replaces_deletes_or_adds(
    app: App, run_bolt: RunBolt, scripts: Scripts, client: WebClient
) -> None:
    seen: list[Body] = []

    @app.action("go")
    def go(ack: Ack, body: Body, respond: Respond) -> None:
        ack()
        action = body["actions"][0]["value"]
        if action == "replace":
            respond("replaced", replace_original=True)
        elif action == "delete":
            respond(delete_original=True)
        else:
            respond("added", replace_original=False)
        seen.append(body)

    run_bolt(app)

    def post(value: str) -> str:
        button = {"type": "button", "action_id": "go", "text": plain("Go"), "value": value}
        blocks = [{"type": "actions", "elements": [button]}]
        return str(client.chat_postMessage(channel=OPS, text=value, blocks=blocks)["ts"])

    for turn, value in enumerate(("add", "replace", "delete"), 1):
        answer = scripts.post(
            "action", user="Mara", channel="ops", ts=post(value), action_id="go", value=value
        )
        assert answer["ok"]
        waiting.until(lambda turn=turn: len(seen) == turn)
    assert scripts.texts("ops", "Mara") == ["add", "added", "replaced"]
    assert scripts.messages("ops")[1]["blocks"] == []
    body = seen[0]
    assert (body["container"]["type"], body["channel"]["id"], body["user"]["id"]) == ("message", OPS, MARA)
    assert body["message"]["text"] == "add"
    assert float(body["actions"][0]["action_ts"]) < float(seen[1]["actions"][0]["action_ts"])


def test_events_come_only_for_what_was_subscribed_and_where_the_app_is(
    app: App, run_bolt: RunBolt, scripts: Scripts, client: WebClient
) -> None:
    seen: list[tuple[str, str, str]] = []

    @app.event("reaction_added")
    def added(event: Body) -> None:
        seen.append(("reaction", event["user"], event["reaction"]))

    @app.event("app_mention")
    def mentioned(event: Body, client: WebClient) -> None:
        seen.append(("mention", event["user"], event["text"]))
        client.chat_postEphemeral(channel=event["channel"], user=event["user"], text="heard")

    run_bolt(app)
    ts = client.chat_postMessage(channel=OPS, text="x")["ts"]
    scripts.post("reaction", user="Mara", channel="ops", ts=ts, name="eyes")
    scripts.post("reaction", user="Mara", channel="ops", ts=ts, name="eyes", remove=True)
    scripts.post("message", user="Mara", channel="ops", text="nothing to see")
    scripts.post("message", user="Mara", channel="random", text="@Secondkey not in here")
    scripts.post("message", user="Mara", channel="ops", text="@secondkey verify")
    waiting.until(lambda: scripts.texts("ops", "Mara")[-1] == "heard")
    assert seen == [("reaction", MARA, "eyes"), ("mention", MARA, f"<@{APP}> verify")]


def test_a_modal_is_filled_in_sent_back_and_closed(app: App, run_bolt: RunBolt, scripts: Scripts) -> None:
    seen: list[Body] = []

    @app.command("/backup")
    def backup(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=ask_reason())

    @app.view("asked")
    def asked(ack: Ack, view: Body) -> None:
        seen.append(view["state"]["values"])
        if view["state"]["values"]["reason"]["text"]["value"] == "no":
            ack(response_action="errors", errors={"reason": "a better one"})
        else:
            ack()

    run_bolt(app)
    scripts.post("command", user="Mara", channel="ops", command="/backup", text="")
    waiting.until(lambda: scripts.get("views", user="Mara"))
    view = scripts.get("views", user="Mara")[0]
    assert (view["type"], view["callback_id"]) == ("modal", "asked")

    def submit(text: str | None, user: str = "Mara") -> Any:
        values = {"reason": {"text": text}}
        return scripts.post("submit", user=user, view_id=view["id"], values=values)

    for bad in (None, "x" * 21):
        with pytest.raises(Refused) as refused:
            submit(bad)
        assert (refused.value.status, list(refused.value.answer["errors"])) == (422, ["reason"])
    assert submit("no")["errors"] == {"reason": "a better one"}
    assert scripts.get("views", user="Mara")
    assert submit("before v1")["ok"]
    assert scripts.get("views", user="Mara") == []
    assert [values["reason"]["text"] for values in seen] == [
        {"type": "plain_text_input", "value": "no"},
        {"type": "plain_text_input", "value": "before v1"},
    ]
    assert seen[0]["kind"]["pick"]["selected_option"]["value"] == "manual"


def test_modals_are_updated_pushed_and_cleared(app: App, run_bolt: RunBolt, scripts: Scripts) -> None:
    answers: list[Body] = [
        {"response_action": "update", "view": ask_reason(title=plain("Again"))},
        {"response_action": "push", "view": ask_reason(title=plain("On top"))},
        {"response_action": "clear"},
    ]

    @app.command("/backup")
    def backup(ack: Ack, body: Body, client: WebClient) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=ask_reason())
        ack()

    @app.view("asked")
    def asked(ack: Ack) -> None:
        ack(**answers.pop(0))

    run_bolt(app)
    scripts.post("command", user="Mara", channel="ops", command="/backup", text="")
    titles = []
    while shown := scripts.get("views", user="Mara"):
        titles.append([view["title"]["text"] for view in shown])
        scripts.post("submit", user="Mara", view_id=shown[-1]["id"], values={"reason": {"text": "x"}})
    assert titles == [["Back up"], ["Again"], ["Again", "On top"]]


def test_a_trigger_opens_one_view_and_dies(
    app: App, run_bolt: RunBolt, scripts: Scripts, simulator: Simulator
) -> None:
    codes: list[str] = []

    def refusal(client: WebClient, trigger_id: str) -> str:
        try:
            client.views_open(trigger_id=trigger_id, view=ask_reason())
        except SlackApiError as refused:
            return str(refused.response["error"])
        return ""

    @app.command("/backup")
    def backup(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        if body["text"] == "late":
            threading.Event().wait(0.6)
        codes.append(refusal(client, body["trigger_id"]))
        codes.append(refusal(client, body["trigger_id"]))

    run_bolt(app)
    scripts.post("command", user="Mara", channel="ops", command="/backup", text="")
    waiting.until(lambda: len(codes) == 2)
    simulator.faults.patience = 0.4
    scripts.post("command", user="Mara", channel="ops", command="/backup", text="late")
    waiting.until(lambda: len(codes) == 4)
    assert codes == ["", "exchanged_trigger_id", "expired_trigger_id", "expired_trigger_id"]


def test_opening_the_home_answers_when_it_is_published(app: App, run_bolt: RunBolt, scripts: Scripts) -> None:
    tapped: list[Body] = []

    @app.event("app_home_opened")
    def opened(event: Body, client: WebClient) -> None:
        button = {"type": "button", "action_id": "again", "text": plain("Again"), "value": "projectledger"}
        blocks = [{"type": "actions", "elements": [button]}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.action("again")
    def again(ack: Ack, body: Body) -> None:
        ack()
        tapped.append(body)

    run_bolt(app)
    assert scripts.post("home", user="Mara") == {"ok": True, "published": True}
    view = scripts.get("views", user="Mara")[0]
    assert scripts.get("views", user="Jonas") == []
    scripts.post("action", user="Mara", view_id=view["id"], action_id="again")
    waiting.until(lambda: tapped)
    assert tapped[0]["container"] == {"type": "view", "view_id": view["id"]}
    assert "channel" not in tapped[0]
    assert tapped[0]["actions"][0]["value"] == "projectledger"


def test_an_app_that_does_not_answer_in_time_is_told_of(
    app: App, run_bolt: RunBolt, scripts: Scripts, simulator: Simulator
) -> None:
    simulator.faults.patience = 0.3

    @app.command("/backup")
    def backup(ack: Ack) -> None:
        threading.Event().wait(0.8)
        ack("too late")

    run_bolt(app)
    answer = scripts.post("command", user="Mara", channel="ops", command="/backup", text="")
    assert (answer["ok"], answer["error"]) == (False, "operation_timeout")
    assert "did not respond" in scripts.texts("ops", "Mara")[0]


def test_an_answer_that_slack_would_refuse_is_told_to_the_person(
    app: App, run_bolt: RunBolt, scripts: Scripts
) -> None:
    @app.command("/backup")
    def backup(ack: Ack) -> None:
        ack(text="x", blocks=[{"type": "section"}])

    run_bolt(app)
    assert scripts.post("command", user="Mara", channel="ops", command="/backup", text="")["ok"]
    assert "invalid_blocks" in scripts.texts("ops", "Mara")[0]


def test_duplicates_bear_the_same_trigger(
    app: App, run_bolt: RunBolt, scripts: Scripts, simulator: Simulator, client: WebClient
) -> None:
    commands: list[str] = []
    events: list[str] = []
    simulator.faults.duplicates = True

    @app.command("/backup")
    def backup(ack: Ack, body: Body) -> None:
        ack()
        commands.append(body["trigger_id"])

    @app.event("reaction_added")
    def added(body: Body) -> None:
        events.append(body["event_id"])

    run_bolt(app)
    scripts.post("command", user="Mara", channel="ops", command="/backup", text="")
    ts = client.chat_postMessage(channel=OPS, text="x")["ts"]
    scripts.post("reaction", user="Mara", channel="ops", ts=ts, name="eyes")
    waiting.until(lambda: len(commands) == len(events) == 2)
    assert len(set(commands)) == len(set(events)) == 1


def test_twenty_commands_at_once_are_all_heard(app: App, run_bolt: RunBolt, scripts: Scripts) -> None:
    heard: list[str] = []

    @app.command("/backup")
    def backup(ack: Ack, body: Body) -> None:
        ack()
        heard.append(body["text"])

    run_bolt(app)
    answers: list[Body] = []

    def send(number: int) -> None:
        answers.append(
            scripts.post("command", user="Mara", channel="ops", command="/backup", text=str(number))
        )

    people = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert all(answer["ok"] for answer in answers)
    assert sorted(heard, key=int) == [str(number) for number in range(20)]


def test_no_command_is_lost_while_connections_are_refreshed(
    app: App, run_bolt: RunBolt, scripts: Scripts, simulator: Simulator
) -> None:
    heard: list[str] = []

    @app.command("/backup")
    def backup(ack: Ack, body: Body) -> None:
        ack()
        heard.append(body["text"])

    run_bolt(app)
    for number in range(40):
        if number % 8 == 0:
            waiting.until(lambda: simulator.connections == 2)
            simulator.disconnect("warning" if number % 16 else "refresh_requested")
        assert scripts.post("command", user="Mara", channel="ops", command="/backup", text=str(number))["ok"]
    assert heard == [str(number) for number in range(40)]


def test_the_apps_own_reactions_reach_a_client_that_does_not_filter_them(
    app: App, run_bolt: RunBolt, client: WebClient, simulator: Simulator
) -> None:
    unfiltered = App(client=client_of(simulator), ignoring_self_events_enabled=False)
    seen: list[str] = []
    unfiltered.event("reaction_added")(lambda event: seen.append(event["user"]))
    run_bolt(unfiltered)
    ts = client.chat_postMessage(channel=OPS, text="x")["ts"]
    client.reactions_add(channel=OPS, timestamp=ts, name="white_check_mark")
    waiting.until(lambda: seen == [APP])
