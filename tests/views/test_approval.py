"""What people see of a request for a second person, from its first word to its end."""

from dataclasses import replace

import pytest
from hypothesis import given

from bot.domain.approval import Choice, State, Uncounted
from bot.slack.views import approval as view
from tests.domain.ballots import JONAS, MARA, NOW, PRIYA, plan, request
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING

ASKED = request(reason="the *app* shows <nothing>")
UNTIL = "<!date^1759958040^{date_short_pretty} {time}|2025-10-08 21:14 UTC>"
MOMENT = "<!date^1759954500^{date_short_pretty} {time}|2025-10-08 20:15 UTC>"
DIGEST = f"plan {ASKED.digest[:4]} {ASKED.digest[4:8]} · op-aaaaaaaa"


def shown(**changes: object) -> str:
    return readable(check(view.message(replace(ASKED, **changes))))  # type: ignore[arg-type]


def test_a_request_says_who_asks_what_why_who_decides_and_until_when() -> None:
    assert shown(reason="it is empty") == (
        "(⚠️ <@U00000001> · Accept requested · ledger (production) · ✅ or ⛔ until 21:14 UTC)\n"
        "# ⚠️ Accept requested · ledger (production)\n"
        "<@U00000001> asks for this\n"
        "Reason: it is empty\n"
        "User  1,204 → 0\n"
        "✅ approve   ⛔ deny   · 1 more person of <!subteam^S1>, not <@U00000001>\n"
        f"until {UNTIL} (1 h)\n"
        "Votes: none yet\n"
        f"{DIGEST}"
    )


def test_the_notification_has_who_what_which_database_and_the_deadline_in_its_first_100_characters() -> None:
    first = view.message(ASKED).text[:100]
    for word in (MARA, "Accept requested", "ledger", "21:14 UTC"):
        assert word in first


def test_votes_that_count_and_those_that_do_not_are_told_apart() -> None:
    refused = Uncounted(user=MARA, choice=Choice.APPROVE, because="asked for it")
    text = shown(needed=3, approved_by=(JONAS,), uncounted=(refused,))
    assert "2 more people of" in text
    assert "Votes: ✅ <@U00000002>, ✅ <@U00000001> (does not count)" in text


def test_a_flood_of_votes_that_do_not_count_is_summed_up() -> None:
    crowd = tuple(Uncounted(user=f"U1{n:07}", choice=Choice.DENY, because="is no one") for n in range(200))
    assert "and 195 more that do not count" in shown(uncounted=crowd)


def test_the_operations_own_notes_stand_below_the_plan() -> None:
    assert "User  1,204 → 0\nCopy  40 %" in shown(notes=("Copy  40 %",))


def test_a_request_of_a_terminal_says_that_it_needs_one_more() -> None:
    text = shown(requested_by="cli:root", needed=2)
    assert "`cli:root` asks for this; nobody is proven to have asked" in text
    assert "2 more people of <!subteam^S1>\n" in text


@pytest.mark.parametrize(
    ("changes", "notification", "said"),
    [
        (
            {"state": State.APPROVED, "approved_by": (JONAS, PRIYA)},
            "✅ Approved · Accept requested · ledger (production)",
            f"Approved by <@U00000002>, <@U00000003> {MOMENT}.",
        ),
        (
            {"state": State.DENIED, "denied_by": JONAS},
            "⛔ Denied · Accept requested · ledger (production) · nothing ran",
            f"Denied by <@U00000002> {MOMENT}: nothing ran.",
        ),
        (
            {"state": State.DENIED, "denied_by": MARA},
            "⛔ Withdrawn · Accept requested · ledger (production) · nothing ran",
            f"Withdrawn by <@U00000001> {MOMENT}: nothing ran.",
        ),
        (
            {"state": State.VOID, "problem": "its message was deleted"},
            "🚫 Void · Accept requested · ledger (production) · not carried out",
            "Void: its message was deleted. It was not carried out.",
        ),
        (
            {"state": State.EXPIRED},
            "⌛ Expired · Accept requested · ledger (production) · nothing ran",
            f"Expired {MOMENT}, nothing ran.",
        ),
    ],
)
def test_each_end_says_the_state_first_and_then_the_next_move(
    changes: dict[str, object], notification: str, said: str
) -> None:
    lines = shown(decided_at=NOW, **changes).splitlines()
    assert lines[0] == f"({notification})"
    assert lines[2] == said
    again = "→ To ask again, with fresh facts: `/verify accept ledger`"
    assert (lines[3] == again) == (changes["state"] is not State.APPROVED)
    assert not any("approve   ⛔ deny" in line for line in lines)
    one_tap = changes["state"] in {State.VOID, State.EXPIRED}
    for told in (view.message, view.outcome):
        blocks = told(replace(ASKED, **changes)).blocks  # type: ignore[arg-type]
        assert ("request_again" in str(blocks)) == one_tap


def test_whose_vote_does_not_count_is_told_why() -> None:
    vote = Uncounted(user=MARA, choice=Choice.APPROVE, because="asked for it: another person turns the key")
    text = readable(check(view.not_counted(ASKED, vote)))
    assert (
        "Your ✅ on Accept requested · ledger (production) does not count: this account asked for it" in text
    )
    assert "op-aaaaaaaa in <#C00000002>" in text


@pytest.mark.parametrize(
    ("undo", "said"),
    [("/restore undo ledger", "→ To take it back: `/restore undo ledger`"), ("", "no way back")],
)
def test_a_veto_that_came_too_late_is_told_the_way_back(undo: str, said: str) -> None:
    assert said in readable(check(view.too_late(replace(ASKED, plan=plan(undo=undo)))))


def test_the_list_says_who_could_approve_and_links_to_the_message() -> None:
    begun = replace(ASKED, id="op-bbbbbbbb", state=State.BEGUN)
    text = readable(check(view.listing([(ASKED, "https://team.slack.com/p1", [JONAS]), (begun, "", [])])))
    assert "*<https://team.slack.com/p1|Accept requested · ledger (production)>* · op-aaaaaaaa" in text
    assert "Could approve: <@U00000002>" in text
    assert "approved and under way" in text
    assert text.count("Could approve") == 1


def test_an_empty_list_says_so_and_a_long_one_how_many_more_there_are() -> None:
    assert "No request is open." in readable(check(view.listing([])))
    assert "and 15 more" in readable(check(view.listing([(ASKED, "", [JONAS])] * 25)))


@given(ANYTHING)
def test_whatever_people_write_wakes_nobody_and_stays_within_slacks_limits(text: str) -> None:
    wild = replace(ASKED, reason=text, problem=text, state=State.VOID, plan=plan(again=text, undo=text))
    check(view.message(wild))
    check(view.outcome(wild))
    check(view.too_late(wild))
    check(view.listing([(replace(wild, state=State.PENDING), "", [])]))
