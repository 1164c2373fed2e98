"""Who is who, asked of a simulated Slack over real HTTP; what is not known stands for nobody."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.domain.people import ineligible
from bot.errors import NotFound
from bot.simulator.server import Simulator
from bot.simulator.workspace import Channel, Group, Person, demo_workspace
from bot.slack.connection import web_client
from bot.slack.directory import Directory
from bot.slack.manifest import manifest

MARA, JONAS, PRIYA, LEO, IRENE, DEPLOYBOT = (f"U0000000{n}" for n in (1, 2, 3, 4, 5, 6))


def reach(simulator: Simulator) -> Directory:
    return Directory(web_client(simulator.workspace.bot_token, f"{simulator.url}/api/"))


def test_the_bot_knows_which_workspace_it_is_in(directory: Directory) -> None:
    assert (directory.team_id, directory.bot_user_id) == ("T00000001", "U00000009")


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (MARA, None),
        (LEO, "is a guest"),
        (IRENE, "is not a member of this workspace"),
        (DEPLOYBOT, "is a bot"),
    ],
)
def test_each_kind_of_account_is_told_apart(directory: Directory, user: str, reason: str | None) -> None:
    assert ineligible(directory.person(user), team_id=directory.team_id) == reason


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("deleted", "is deactivated"),
        ("is_bot", "is a bot"),
        ("is_app_user", "is a bot"),
        ("is_workflow_bot", "is a bot"),
        ("is_connector_bot", "is a bot"),
        ("is_restricted", "is a guest"),
        ("is_ultra_restricted", "is a guest"),
        ("is_stranger", "is not a member of this workspace"),
        ("is_invited_user", "has not accepted the invitation yet"),
    ],
)
def test_every_flag_that_denies_is_read(flag: str, reason: str) -> None:
    person = Person(id="U0000000A", name="Robin", flags=(flag,))
    workspace = demo_workspace()
    simulator = Simulator(
        0, None, replace(workspace, people=(*workspace.people, person)).with_manifest(manifest())
    )
    simulator.start()
    try:
        directory = reach(simulator)
        assert ineligible(directory.person("U0000000A"), team_id=directory.team_id) == reason
    finally:
        simulator.stop()


def test_a_person_whom_slack_does_not_know_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFound, match="no person U0NOBODY"):
        directory.person("U0NOBODY")


def test_entries_are_resolved_to_people(directory: Directory) -> None:
    resolved = directory.resolve(["@dba", PRIYA, "leo@agency.example"])
    assert [(entry, [person.id for person in people]) for entry, people in resolved.people] == [
        ("@dba", [MARA, JONAS]),
        (PRIYA, [PRIYA]),
        ("leo@agency.example", [LEO]),
    ]
    assert resolved.eligible(directory.team_id) == {MARA, JONAS, PRIYA}
    assert not resolved.problems


def test_what_cannot_be_resolved_stands_for_nobody_and_says_why(directory: Directory) -> None:
    resolved = directory.resolve(["@nobody", "U0NOBODY", "nobody@example.com"])
    assert resolved.eligible(directory.team_id) == frozenset()
    assert [problem.partition(":")[0] for problem in resolved.problems] == [
        "@nobody",
        "U0NOBODY",
        "nobody@example.com",
    ]
    assert "nobody in this workspace has this address" in resolved.problems[2]


def test_without_the_optional_scope_a_group_stands_for_nobody_and_the_scope_is_named() -> None:
    installed: dict[str, Any] = manifest()
    scopes = installed["oauth_config"]["scopes"]
    scopes["bot"].remove("usergroups:read")
    scopes["bot_optional"].remove("usergroups:read")
    simulator = Simulator(0, None, demo_workspace().with_manifest(installed))
    simulator.start()
    try:
        resolved = reach(simulator).resolve(["@dba"])
    finally:
        simulator.stop()
    assert resolved.people == (("@dba", ()),)
    assert "lacks the scope usergroups:read" in resolved.problems[0]


def test_channels_are_found_by_name_and_by_id(directory: Directory) -> None:
    for name_or_id in ("ops", "C00000002"):
        channel = directory.channel(name_or_id)
        assert (channel.id, channel.name, channel.problem) == ("C00000002", "ops", "")
    assert directory.members(directory.channel("ops")) >= {MARA, JONAS, PRIYA, LEO}


def test_a_private_channel_that_the_bot_is_in_is_found(directory: Directory) -> None:
    assert directory.channel("dba-only").problem == ""


def test_an_unfit_channel_says_why(directory: Directory) -> None:
    assert directory.channel("random").problem == "does not have the bot in it"
    assert directory.channel("partners").problem == "is shared with another workspace"


def test_a_channel_that_is_not_there_says_how_it_would_be_seen(directory: Directory) -> None:
    with pytest.raises(NotFound) as missing:
        directory.channel("nowhere")
    assert "/invite @Secondkey" in missing.value.hint


def test_all_pages_of_a_long_list_are_read() -> None:
    workspace = demo_workspace()
    many = tuple(
        Channel(id=f"C1{n:07}", name=f"team-{n}", members=(MARA, workspace.bot_user_id)) for n in range(450)
    )
    simulator = Simulator(
        0, None, replace(workspace, channels=(*workspace.channels, *many)).with_manifest(manifest())
    )
    simulator.faults.rate_limits = False
    simulator.start()
    try:
        assert reach(simulator).channel("team-449").joined
    finally:
        simulator.stop()


def test_an_answer_is_used_again_for_a_while(simulator: Simulator, directory: Directory) -> None:
    directory.person(MARA)
    simulator.faults.rate_limit("users.info", times=1)
    assert directory.person(MARA).id == MARA


@pytest.fixture
def crowded() -> Iterator[Simulator]:
    """A workspace whose group @everybody has 150 members, and which holds to Slack's own rates."""
    workspace = demo_workspace()
    crowd = tuple(Person(id=f"U1{n:07}", name=f"person-{n}") for n in range(150))
    group = Group(id="S00000003", handle="everybody", members=(*(one.id for one in crowd), MARA))
    crowded = replace(workspace, people=(*workspace.people, *crowd), groups=(*workspace.groups, group))
    simulator = Simulator(0, None, crowded.with_manifest(manifest()))
    simulator.start()
    yield simulator
    simulator.stop()


def test_a_member_of_a_large_group_may_ask_and_nobody_else_of_it_is_looked_up(crowded: Simulator) -> None:
    crowded.faults.rate_limit("users.info", times=1)
    found = reach(crowded).ids(["@everybody", PRIYA, "jonas@example.com", "@nobody"])
    assert len(found) == 153
    assert {MARA, PRIYA, JONAS} <= found


@pytest.mark.parametrize("method", ["usergroups.list", "usergroups.users.list"])
def test_whom_slack_does_not_name_now_is_not_taken_for_nobody(
    simulator: Simulator, directory: Directory, method: str
) -> None:
    for ask in (directory.ids, directory.resolve):
        simulator.faults.rate_limit(method, times=1)
        with pytest.raises(SlackApiError, match="ratelimited"):
            ask(["@dba"])
    assert directory.ids(["@dba"]) == {MARA, JONAS}


def test_a_channel_known_by_its_id_is_asked_for_alone(simulator: Simulator, directory: Directory) -> None:
    simulator.faults.rate_limit("conversations.list", times=1)
    assert directory.channel("C00000002").name == "ops"
    with pytest.raises(NotFound, match="no channel C0NOWHERE"):
        directory.channel("C0NOWHERE")


def test_the_list_of_channels_is_asked_for_once_for_all_names(
    simulator: Simulator, directory: Directory
) -> None:
    directory.channel("ops")
    simulator.faults.rate_limit("conversations.list", times=1)
    assert directory.channel("general").id == "C00000001"


def test_a_channel_that_was_renamed_is_no_longer_found_by_its_old_name(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"ops": "C00000001", "general": "C00000002"}
    asked: list[None] = []

    def names(self: Directory) -> dict[str, str]:
        asked.append(None)
        return old

    with monkeypatch.context() as patched:
        patched.setattr(Directory, "_ask_names", names)
        with pytest.raises(NotFound):
            directory.channel("ops")
        patched.setattr("bot.slack.directory.REMEMBERED", 0.0)
        old = {"ops": "C00000002"}
        assert directory.channel("ops").id == "C00000002"
    assert len(asked) == 2


def test_a_channel_of_which_something_changed_is_asked_for_again(
    simulator: Simulator, directory: Directory
) -> None:
    directory.channel("C00000002")
    simulator.faults.rate_limit("conversations.info", times=1)
    assert directory.channel("C00000002").name == "ops"
    directory.forget_channel("C00000002")
    with pytest.raises(SlackApiError):
        directory.channel("C00000002")


def test_what_a_decision_hangs_on_is_asked_anew(simulator: Simulator, directory: Directory) -> None:
    directory.person(MARA)
    simulator.faults.rate_limit("users.info", times=1)
    with pytest.raises(SlackApiError, match="ratelimited"):
        directory.afresh().person(MARA)
    assert directory.person(MARA).id == MARA


def test_entries_are_shown_as_mentions_and_what_is_not_there_is_told(directory: Directory) -> None:
    named = directory.named(["@dba", PRIYA, "leo@agency.example", "@nobody"])
    assert named.ids == {MARA, JONAS, PRIYA, LEO}
    assert named.shown == ("<!subteam^S00000002>", f"<@{PRIYA}>", f"<@{LEO}>")
    assert [problem.partition(":")[0] for problem in named.problems] == ["@nobody"]


def test_a_message_has_an_address_as_long_as_it_is_there(directory: Directory) -> None:
    ts = directory.client.chat_postMessage(channel="C00000002", text="here")["ts"]
    assert "/archives/C00000002/p" in directory.address("C00000002", ts)
    assert directory.link("C00000002", ts) == directory.address("C00000002", ts)
    assert directory.address("C00000002", "1.000000") == ""
