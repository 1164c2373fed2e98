"""The main job from end to end: adopt, back up, lose, verify."""

from collections.abc import Callable

from tests.e2e.conftest import World
from tests.e2e.people import Message, buttons, says, text_of
from tests.waiting import until


def replied(*words: str) -> Callable[[Message], bool]:
    """A message in whose thread all of these words stand."""
    return lambda message: any(says(*words)(reply) for reply in message.get("replies", ()))


def adopt(world: World, user: str) -> None:
    world.slack.command(user, "ops", "/verify", "accept")
    world.slack.wait("ops", says("Accepted"))


def test_a_team_adopts_backs_up_loses_rows_and_is_told(world: World) -> None:
    slack, member = world.slack, world.slack.one(group="dba")

    slack.command(member, "ops", "/verify", "projectledger")
    first = slack.wait("ops", says("baseline.missing"))
    assert "Is this the database you mean?" in text_of(first)
    assert "Session" in text_of(first)
    slack.tap(member, "ops", first, "verify_accept")
    slack.wait("ops", says("Accepted", "Marker"))

    slack.command(member, "ops", "/backup", "projectledger before v1.3.0")
    done = slack.wait("ops", says("restore-tested", "healthy", "before v1.3.0"))
    assert "15 rows" in text_of(done)

    slack.command(member, "ops", "/verify")
    good = slack.wait("ops", says("Identity:", "oid", "All there"))
    assert "Blocked" not in text_of(good)

    world.database.execute('TRUNCATE "User"')
    slack.command(member, "ops", "/verify")
    lost = slack.wait("ops", says("Blocked", "rows.zero"))
    assert "12 → 0" in text_of(lost)
    assert "backup_emergency" in {button["action_id"] for button in buttons(lost)}

    slack.tap(member, "ops", lost, "backup_emergency")
    slack.wait("ops", says("suspect", "emergency"))
    slack.command(member, "ops", "/backup", "list")
    listed = slack.wait("ops", says("Backups · projectledger"), as_user=member)
    assert "12 → 0" in text_of(listed)
    assert "By default" in text_of(listed)


def test_what_a_verdict_has_no_room_for_stands_in_its_thread(world: World) -> None:
    slack, member = world.slack, world.slack.one(group="dba")
    adopt(world, member)
    world.database.execute("""DELETE FROM "User"; INSERT INTO "Session" SELECT FROM generate_series(1, 3)""")
    slack.command(member, "general", "/verify", "")
    lost = slack.wait(member, says("Blocked", "rows.zero", "The rest is in the thread"), as_user=member)
    slack.wait(member, replied("12 → 0", "0 → 3"), as_user=member)
    assert "0 → 3" not in text_of(lost)
    assert [message for message in slack.messages("ops") if "replies" in message] == []


def test_guests_strangers_and_bots_are_refused_for_every_command(world: World) -> None:
    slack = world.slack
    for kind in ("guest", "stranger", "bot"):
        outsider = slack.one(kind)
        for command, text in (("/backup", "list"), ("/verify", "help"), ("/secondkey", "")):
            before = len(slack.messages("ops", as_user=outsider))
            slack.command(outsider, "ops", command, text)
            until(lambda: len(slack.messages("ops", as_user=outsider)) > before)  # noqa: B023 - called at once
            *_, answer = slack.messages("ops", as_user=outsider)
            assert answer["is_ephemeral"]
            assert "not open to it" in text_of(answer)


def test_a_mistyped_database_is_asked_back_and_nothing_is_started(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    slack.command(member, "ops", "/backup", "projectleger before v2")
    answer = slack.wait("ops", says("did you mean projectledger"), as_user=member)
    assert answer["is_ephemeral"]
    assert slack.messages("ops") == []


def test_counts_asked_for_elsewhere_are_shown_to_the_asker_alone(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    slack.command(member, "general", "/verify", "")
    slack.wait("general", says("for you alone"), as_user=member)
    slack.wait(member, says("baseline.missing", "15 rows"), as_user=member)
    assert slack.messages("general") == []
    assert slack.messages("ops") == []


def test_the_same_command_delivered_twice_is_done_once(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    world.simulator.faults.duplicates = True
    slack.command(member, "ops", "/verify", "")
    slack.wait("ops", says("baseline.missing"))
    world.simulator.faults.duplicates = False
    slack.command(member, "ops", "/verify", "help")
    slack.wait("ops", says("/verify accept"), as_user=member)
    assert len(slack.messages("ops")) == 1


def test_a_mention_is_read_like_a_command(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    bot = world.services.slack.bot_user_id
    slack.post("message", user=member, channel="ops", text=f"<@{bot}> verify")
    slack.wait("ops", says("baseline.missing"))


def test_a_person_who_asked_six_times_in_an_hour_is_asked_to_wait(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    for number in range(6):
        slack.command(member, "ops", "/backup", f"number {number}")
        slack.wait("ops", says(f"number {number}", "Level"))
    slack.command(member, "ops", "/backup", "number 7")
    slack.wait("ops", says("6 backups within the last hour"), as_user=member)


def test_text_of_people_never_becomes_a_mention(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    slack.command(member, "ops", "/backup", "<!channel> *bold* \u202egnp <@U00000001>")
    done = slack.wait("ops", says("Level"))
    assert "<!channel>" not in text_of(done)
    assert "\u202e" not in text_of(done)


def test_the_home_shows_each_database_and_its_newest_backup(world: World) -> None:
    slack, member = world.slack, world.slack.one()
    slack.post("home", user=member)
    views = slack.get(f"views?user={member}")
    assert "projectledger" in str(views)
    assert "none yet" in str(views)
