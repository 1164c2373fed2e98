"""What a second person decides by before less is protected: the worst first, on a phone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.accepting import Fewer, Lowered, lowered
from bot.domain.backup import Health
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.state import State
from bot.errors import Refused
from bot.slack.blocks import Message, section
from bot.slack.views import accepting as view
from bot.slack.views import failures
from tests.builders import DATABASE, IDENTITY, NOON, backup, baseline, state, table, table_name
from tests.domain.ballots import request
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

OPERATION = Operation(
    id="op-abcd1234",
    kind=Kind.ACCEPT,
    database=DATABASE,
    progress=Progress.RUNNING,
    requested_by="U00000001",
    request={"channel": "C00000001", "reason": ""},
    created_at=NOON,
)
BEFORE = baseline(
    *(table(name, rows) for name, rows in (("A", 5), ("User", 1204), ("Plan", 3), ("Session", 40)))
)


def shown(found: Lowered, now: State) -> str:
    message = Message(text="plan", blocks=tuple(section(*lines) for lines in view.plan_lines(found, now)))
    return readable(check(message))


def test_the_tables_that_lost_most_come_first_and_gone_ones_are_said_to_be() -> None:
    now = state(table("User", 0), table("A", 4), table("Session", 40))
    text = shown(lowered(BEFORE, now, []), now)
    assert "Counts as good from then on: `projectledger` as it is now, 3 tables, 44 rows" in text
    assert "nobody is warned of these any more" in text
    assert text.index("1,204 → 0") < text.index("gone") < text.index("5 → 4")
    assert "Not what was pinned" not in text


def test_that_another_database_was_pinned_stands_before_the_tables() -> None:
    now = state(table("User", 3), identity=replace(IDENTITY, database_oid=5))
    text = shown(lowered(BEFORE, now, []), now)
    warned = "⚠️ Not what was pinned: another database, oid 5 instead of 16384"
    assert text.index(warned) < text.index("Rows before")
    assert "oid `5`" in text


def test_a_lost_baseline_says_what_it_is_compared_with() -> None:
    now = state(table("User", 3))
    text = shown(lowered(None, now, [backup("B-20251008-110000-abcd", table("User", 3))]), now)
    assert "⚠️ The baseline was lost: the backup B-20251008-110000-abcd was judged" in text
    assert "Compared with the backup `B-20251008-110000-abcd`" in text
    assert "no table has fewer" in text
    unknown = shown(lowered(None, now, [backup(health=Health.SUSPECT)]), now)
    assert "No healthy backup says what was there before: look closely" in unknown
    assert "Rows before" not in unknown


@given(names=st.lists(ANYTHING.filter(bool), min_size=6, max_size=30, unique=True))
def test_however_many_tables_lost_rows_slack_takes_it(names: list[str]) -> None:
    fewer = tuple(Fewer(table=table_name(name), before=2_000_000, now=1) for name in names)
    found = Lowered(before=IDENTITY, tables=fewer)
    assert f"({len(names) - view.TABLES} more table" in shown(found, state())


def test_the_operation_says_where_people_decide() -> None:
    text = readable(check(view.asked(OPERATION, request())))
    assert "Accepting projectledger takes a second person" in text
    assert "the request is in <#C00000002>" in text


def test_a_missing_reason_has_a_button_that_asks_for_it() -> None:
    unsaid = Refused("reason-missing", "accepting this would lower what is protected", "say why")
    assert "[Ask a second person]" in readable(check(failures.failed(OPERATION, unsaid, NOON)))
    other = replace(OPERATION, kind=Kind.TRAFFIC_START)
    assert "[Ask a second person]" not in readable(failures.failed(other, unsaid, NOON))
