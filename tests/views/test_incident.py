"""What people read of an incident: no words of theirs push out what else they need, or become markup."""

from dataclasses import replace

from hypothesis import given, settings

from bot.domain.deploying.gate import Freeze
from bot.domain.findings import Code, finding
from bot.domain.incidents import evidence as facts
from bot.domain.incidents.incident import Count, Evidence, Incident, Role, Stage, Suspect, WayBack
from bot.domain.incidents.timeline import Entry, Source
from bot.domain.words import TEXT_CHARS
from bot.slack.blocks import Message, unescape
from bot.slack.views import incident as view
from bot.slack.views import incident_talk as talk
from tests.builders import DATABASE, NOON
from tests.slack.limits import check, readable
from tests.slack.test_blocks import ANYTHING
from tests.views.test_others import INCIDENT

FREEZE = Freeze(database=DATABASE, by=INCIDENT.id, since=NOON, reason="incident: data is missing")
BACK = WayBack(
    backup_id="B-20251008-110000-abcd",
    made_at=NOON,
    proof="restore-tested · healthy",
    seconds=40.0,
    comes_back=1204,
    tables=1,
    goes_aside=0,
)
EVIDENCE = Evidence(
    looked_at=NOON,
    findings=(finding(Code.ROWS_ZERO, "User", "1,204 → 0"),),
    counts=(Count(table="User", before=1204, now=0),),
    way_back=BACK,
)


def entry(text: str) -> Entry:
    return Entry(
        key=f"pin:{text}",
        at=NOON,
        recorded_at=NOON,
        by="U00000001",
        source=Source.PIN,
        text=text,
        link="https://team.slack.com/archives/C00000009/p1759924800000100",
    )


def read(message: Message) -> str:
    return readable(check(message))


def test_evidence_says_what_was_lost_and_what_comes_back() -> None:
    text = read(view.evidence(INCIDENT, EVIDENCE))
    assert "(Evidence · projectledger: User 1,204 → 0)" in text
    assert "Comes back: 1,204 rows in 1 table · goes aside: nothing that is known of" in text
    assert "none was let through by Secondkey in the 6 h before" in text
    assert "[Prepare restore] [Verify]" in text


def test_a_restore_that_was_never_timed_is_said_to_be() -> None:
    untimed = replace(EVIDENCE, way_back=replace(BACK, seconds=None))
    assert "Restoring takes about 40.0 s (last restore test)." in read(view.evidence(INCIDENT, EVIDENCE))
    assert "Restoring takes a time that nobody measured yet." in read(view.evidence(INCIDENT, untimed))


def test_where_counts_are_not_told_evidence_says_who_tells_them_and_not_that_nobody_knows() -> None:
    text = read(view.evidence(INCIDENT, facts.without_counts(EVIDENCE)))
    assert "What comes back and what goes aside is not told here: `/restore` tells you alone." in text
    assert "1,204" not in text


def test_a_long_update_leaves_room_for_the_freeze_and_for_how_it_ended() -> None:
    long = replace(
        INCIDENT,
        update="<b>" * 800,
        updated_at=NOON,
        stage=Stage.CLOSED,
        closed_at=NOON,
        closed_by="U00000002",
    )
    text = read(view.summary(long, FREEZE))
    assert "*Update* " in text
    assert "*Deployments* 🧊 frozen since" in text
    assert "*Closed* " in text


def test_of_what_happened_last_no_line_is_torn() -> None:
    last = talk.lines([entry(f"{n}: {'a & b ' * 60}") for n in range(5)])
    text = read(view.status(INCIDENT, FREEZE, last))
    assert text.count("|message>") == 5


def around(text: str) -> Incident:
    """Everything that others may write about one incident."""
    found = (finding(Code.ROWS_ZERO, text, text), finding(Code.DATA_ELSEWHERE, text, text))
    suspect = Suspect(deployment="dep-1", release="v1.4.0", by=f"cli:{text}", began_at=NOON, stage="open")
    known = replace(EVIDENCE, findings=found * 3, unread=text, suspect=suspect)
    counts = tuple(Count(table=f"{text}{n}", before=1204, now=None) for n in range(8))
    return replace(
        INCIDENT,
        what=f"w{text}",
        update=text * 6,
        updated_at=NOON,
        reason=text,
        roles={Role.LEAD: "U00000001", Role.DBA: "U00000002"},
        evidence=replace(known, counts=counts),
    )


@settings(max_examples=40)
@given(ANYTHING)
def test_whatever_people_and_databases_say_slack_takes_it_and_nobody_is_called(text: str) -> None:
    incident = around(text)
    closed = replace(incident, stage=Stage.CLOSED, closed_at=NOON, closed_by=f"cli:{text}", channel="")
    for each in (incident, closed, replace(incident, channel="", no_channel=text)):
        for message in (
            view.announcement(each, FREEZE),
            view.summary(each, FREEZE),
            view.status(each, FREEZE, talk.lines([entry(text)] * 5)),
            view.listing([each] * 10, NOON),
        ):
            check(message)
        assert each.evidence is not None
        check(view.evidence(each, each.evidence))


@settings(max_examples=40)
@given(ANYTHING)
def test_what_people_write_is_told_whole_and_calls_nobody(text: str) -> None:
    for message in (
        talk.note(f"w{text}", "U00000001"),
        talk.update(INCIDENT, f"w{text}", "U00000001"),
        talk.draft("customers", f"w{text}", "draft-1", ["news"]),
        talk.outside(f"w{text}"),
        talk.closed(replace(INCIDENT, reason=text, closed_by="U00000001"), text, FREEZE),
    ):
        check(message)


def test_no_character_of_a_long_update_is_left_out_however_it_is_escaped() -> None:
    for text in ("<" * 2_000, ("a <b> & " * TEXT_CHARS)[:TEXT_CHARS], "a line\n" * 300):
        blocks = check(talk.update(INCIDENT, text, "U00000001")).blocks
        told = "".join(block["text"]["text"] for block in blocks[1:-1])
        assert unescape(told).replace("\u200b", "") == text
    assert len(blocks) == 3


def test_who_closes_although_data_may_be_missing_is_not_told_that_all_is_well() -> None:
    closed = replace(INCIDENT, reason="we move", closed_by="U00000001")
    told = check(talk.closed(closed, "data is still missing from ledger", replace(FREEZE, by=closed.id)))
    assert told.text == "⚠️ Closed although data may be missing: we move"
    assert "Deployments stay frozen.\n→ `/deploy thaw projectledger REASON`" in read(told)
    assert check(talk.closed(closed, "", None)).text == "✅ Closed: we move"
