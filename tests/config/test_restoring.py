"""What the configuration says of restoring: commands as lists of words, and when the copy is made."""

from datetime import timedelta

import pytest

from bot.domain.restoring.traffic import Prepare
from tests.config.conftest import WHOLE, Load, Problems

TRAFFIC = "[databases.projectledger.traffic]\n"
RESTORE = "[databases.projectledger.restore]\n"


def test_without_a_word_the_copy_is_made_at_once_and_only_the_fence_stops_traffic(load_text: Load) -> None:
    database = load_text(WHOLE).databases["projectledger"]
    assert database.restore.prepare is Prepare.AT_REQUEST
    assert database.restore.keep_aside == timedelta(days=7)
    assert database.restore.disk_free is None
    assert database.traffic.commands.stop == ()


def test_commands_come_through_word_by_word(load_text: Load) -> None:
    text = (
        'stop = [["scale", "--to", "0"], ["pause"]]\nstart = [["scale", "--to", "2"]]\ntime_limit = "30s"\n'
    )
    traffic = load_text(WHOLE + TRAFFIC + text).databases["projectledger"].traffic
    assert traffic.stop == (("scale", "--to", "0"), ("pause",))
    assert traffic.commands.start == (("scale", "--to", "2"),)
    assert traffic.time_limit == timedelta(seconds=30)


def test_what_tells_the_room_is_one_command_with_a_limit(load_text: Load) -> None:
    text = 'disk_free = ["ssh", "db", "findmnt", "-bno", "AVAIL"]\ndisk_free_time = "3s"\n'
    restore = load_text(WHOLE + RESTORE + text).databases["projectledger"].restore
    assert restore.disk_free == ("ssh", "db", "findmnt", "-bno", "AVAIL")
    assert restore.disk_free_time == timedelta(seconds=3)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('stop = ["kubectl scale"]\nstart = [["a"]]', "stop.0: is not a command as a list of its words"),
        ('stop = [[]]\nstart = [["a"]]', "stop.0: is not a command as a list of its words"),
        ('stop = [[" "]]\nstart = [["a"]]', "stop.0: is not a command as a list of its words"),
        ('stop = [["a", 1]]\nstart = [["a"]]', "stop.0: is not a command as a list of its words"),
        ('stop = [["a"]]', "traffic: stop and start belong together"),
        ('start = [["a"]]', "traffic: stop and start belong together"),
        ('halt = [["a"]]', "traffic.halt: unknown key"),
    ],
)
def test_what_is_no_command_is_told_with_an_example(problems: Problems, text: str, reason: str) -> None:
    (found,) = problems(WHOLE + TRAFFIC + text)
    assert found.endswith(reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('prepare = "never"', "restore.prepare: is not known"),
        ('keep_aside = "3h"', "restore.keep_aside: is less than a day"),
        ('disk_free = "df"', "restore.disk_free: is not a command as a list of its words"),
        ('disk_free = [["df"]]', "restore.disk_free: is not a command as a list of its words"),
        ("disk_free = []", "restore.disk_free: is not a command as a list of its words"),
    ],
)
def test_a_way_back_that_is_none_is_refused(problems: Problems, text: str, reason: str) -> None:
    (found,) = problems(WHOLE + RESTORE + text)
    assert found.endswith(reason)


def test_an_admin_login_for_another_server_is_told(problems: Problems) -> None:
    (found,) = problems(WHOLE + 'admin_dsn = "postgresql://postgres@other.example.org/postgres"\n')
    assert "admin_dsn: leads to" in found
