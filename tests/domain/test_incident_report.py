"""Reports and drafts of incidents: known facts only, the unknown as questions, others' text as text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.findings import Code, Finding, Severity
from bot.domain.incidents import drafts
from bot.domain.incidents.account import Account, failures_of, restores_of
from bot.domain.incidents.incident import Count, Evidence, Incident, Kind, Role, Stage, Suspect, WayBack
from bot.domain.incidents.log import Logged
from bot.domain.incidents.markdown import code, escape, link
from bot.domain.incidents.report import report, title
from bot.domain.incidents.timeline import Entry, Source
from bot.slack.views import incident as view

BEGAN = datetime(2025, 10, 8, 19, 24, 20, tzinfo=UTC)
MARA, JONAS = "U00000001", "U00000002"
BARE = Incident(
    id="inc-abcdefgh",
    database="projectledger",
    kind=Kind.DATA_LOSS,
    stage=Stage.OPEN,
    what="🔴 Data is missing: invoice holds 0 rows",
    opened_by="secondkey",
    opened_at=BEGAN,
)
_FOUND = Finding(
    code=Code.ROWS_ZERO, severity=Severity.CRITICAL, subject="invoice", detail="holds 0 rows, 2,000 before"
)
EVIDENCE = Evidence(
    looked_at=BEGAN + timedelta(seconds=5),
    findings=(_FOUND,),
    counts=(
        Count(table="invoice", before=2000, now=0),
        Count(table="client", before=240, now=None),
    ),
    suspect=Suspect(
        deployment="dep-1", release="v1.3.0", by=JONAS, began_at=BEGAN - timedelta(minutes=1), stage="open"
    ),
    way_back=WayBack(
        backup_id="B-1", made_at=BEGAN - timedelta(hours=1), proof="L3", seconds=8.0, tried="last drill"
    ),
)
KNOWN = replace(BARE, evidence=EVIDENCE, roles={Role.LEAD: MARA})
LOG = (
    Logged(
        number=1,
        at=BEGAN + timedelta(minutes=2),
        actor=MARA,
        action="restore.failed",
        detail={"reason": "no room"},
    ),
    Logged(
        number=2,
        at=BEGAN + timedelta(minutes=9),
        actor=MARA,
        action="restore.done",
        detail={"source": "B-1", "rows": 2240, "seconds": 72.0},
    ),
    Logged(
        number=0, at=BEGAN - timedelta(days=1), actor=MARA, action="restore.done", detail={"source": "B-0"}
    ),
)
PIN = Entry(
    key="pin:C1:1.2",
    at=BEGAN - timedelta(minutes=2),
    recorded_at=BEGAN + timedelta(minutes=3),
    by=JONAS,
    source=Source.PIN,
    text="19:22 *I* ran | the seed",
    link="https://example.com/p1",
    edited_at=BEGAN + timedelta(minutes=4),
)


def account(incident: Incident = KNOWN, **more: object) -> Account:
    known = Account(
        incident=incident,
        timeline=(PIN,),
        earlier={PIN.key: ("19:20 I ran the seed",)},
        noticed_at=BEGAN - timedelta(seconds=4),
        restores=restores_of(LOG, BEGAN),
        failures=failures_of(LOG, BEGAN),
        names={MARA: "Mara", JONAS: "Jonas"},
        now=BEGAN + timedelta(minutes=20),
    )
    return replace(known, **more)  # type: ignore[arg-type]


def closed(incident: Incident = KNOWN) -> Incident:
    at = BEGAN + timedelta(minutes=15)
    return replace(incident, stage=Stage.CLOSED, closed_at=at, closed_by=MARA, reason="restored")


def part(markdown: str, heading: str) -> str:
    return markdown.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_report_has_every_part_with_what_is_known() -> None:
    written = report(account(closed()))
    headings = [line for line in written.splitlines() if line.startswith("#")]
    assert headings == [
        "# Incident report: projectledger, data loss, 2025-10-08",
        *(f"## {each}" for each in (
            "Summary", "Impact", "Timeline", "Causes", "What worked", "What did not", "Actions",
        )),
    ]  # fmt: skip
    assert "Led by Mara. Closed 2025-10-08 19:39:20 by Mara: restored" in part(written, "Summary")
    impact = part(written, "Impact")
    assert "| `invoice` | 2,000 | 0 |\n| `client` | 240 | the table was gone |" in impact
    assert "2,240 rows missing in 2 tables, counted 2025-10-08 19:24:25" in impact
    assert "15 min 4 s until it was closed" in impact
    assert "9 min 4 s until `B-1` was live" in impact
    assert "1 min 12 s of outage while `B-1` was restored" in impact
    assert "`B-1` of 2025-10-08 18:24:20; restoring it takes about 8.0 s (last drill) and loses" in impact
    assert "`B-1` was restored 2025-10-08 19:33:20, as Mara asked: 2,240 rows" in part(written, "What worked")
    assert "B-0" not in written
    assert "2025-10-08 19:26:20 restore: no room" in part(written, "What did not")
    assert part(written, "Actions").count("| [what?] | [who?] | [when?] |") == 3


def test_rows_that_lie_elsewhere_are_said_to() -> None:
    there = replace(_FOUND, code=Code.DATA_ELSEWHERE, detail="2,000 rows in schema old")
    found = account(replace(KNOWN, evidence=replace(EVIDENCE, findings=(_FOUND, there))))
    assert "- found elsewhere: `invoice` 2,000 rows in schema old" in part(report(found), "Impact")
    assert "; rows were found elsewhere on the server" in drafts.stakeholders(found)
    shown = str(view.evidence(found.incident, found.incident.evidence or EVIDENCE).blocks)
    assert shown.index("Found elsewhere") < shown.index("2,000 rows in schema old") < shown.index("Way back")


def test_an_entry_has_both_times_what_it_said_before_and_its_link() -> None:
    assert (
        r"- **2025-10-08 19:22:20** (written down 19:27:20) Jonas: 19:22 \*I\* ran \| the seed "
        "(edited; before: “19:20 I ran the seed”) · [link](https://example.com/p1)"
    ) in report(account())
    given = replace(PIN, key="role", text=f"lead: <@{MARA}>, <@U404>", link="")
    assert "Jonas: lead: @Mara, @U404\n" in report(account(timeline=(given,)))
    gone = replace(PIN, removed_at=BEGAN + timedelta(days=1), link="")
    assert "(taken out or deleted 2025-10-09 19:24:20)" in report(account(timeline=(gone,)))


def test_causes_are_questions_with_the_evidence_beside_and_nearness_proves_nothing() -> None:
    causes = part(report(account()), "Causes")
    assert "- [What removed the data, or led to another database?]\n  - rows.zero invoice" in causes
    assert "- [Was it the deployment of v1.3.0?]\n  - let through 2025-10-08 19:23:20 by Jonas" in causes
    assert "that does not make it the cause" in causes
    many = replace(EVIDENCE, findings=(_FOUND,) * 50)
    assert "  - and 30 more\n" in part(report(account(replace(KNOWN, evidence=many))), "Causes")
    alone = part(report(account(replace(KNOWN, evidence=replace(EVIDENCE, suspect=None)))), "Causes")
    assert "[Was it a deployment?]" in alone
    assert "others are not known to it" in alone


def test_what_nobody_knows_is_asked_and_never_invented() -> None:
    unknown = replace(BARE, opened_by=MARA)
    written = report(Account(incident=unknown, now=BEGAN + timedelta(minutes=1)))
    for question in (
        "[Who led?]", "[How many rows were missing? Nobody looked.]",
        "[When was it noticed, and by what? A person opened the incident.]",
        "[For how long could nobody use the database? Nothing was restored while it was open.]",
        "[What happened?]", "It is still open",
    ):  # fmt: skip
        assert question in written
    unread = Evidence(looked_at=BEGAN, unread="the server does not answer")
    assert "[How many rows were missing? The database could not be read: the server does not answer]" in (
        report(account(replace(BARE, evidence=unread)))
    )


def test_a_restore_of_which_nobody_knows_the_outage_asks_for_it() -> None:
    (restored,) = restores_of(LOG, BEGAN)
    written = report(account(restores=(replace(restored, outage=None, rows=None),)))
    assert "[how long?] of outage while `B-1` was restored" in written
    assert "rows were live" not in written


def test_more_tables_than_a_canvas_takes_are_counted_and_not_listed() -> None:
    counts = tuple(Count(table=f"t{number}", before=10, now=0) for number in range(150))
    impact = part(report(account(replace(BARE, evidence=replace(EVIDENCE, counts=counts)))), "Impact")
    assert "and 90 more tables" in impact
    assert "1,500 rows missing in 150 tables" in impact
    assert impact.count("|") <= 4 * 100


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b snake_case stays", "a_b snake_case stays"),
        ("_it_ *b* `c` ~s~", r"\_it\_ \*b\* \`c\` \~s\~"),
        ("[x](https://evil.example)", r"\[x\](https://evil.example)"),
        ("![](@U00000001)", r"\!\[\](@U00000001)"),
        ("<script>", r"\<script\>"),
        ("two\nlines # no heading", "two lines # no heading"),
        ("# no heading", r"\# no heading"),
        ("- no item", r"\- no item"),
        ("\u202eabc", r"\\u202eabc"),
    ],
)
def test_text_of_others_stays_text(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_code_and_links_are_left_by_nothing_inside_them() -> None:
    assert code("a`b") == "`aˋb`"
    assert link("link", "https://example.com/a(b) c") == "[link](https://example.com/a%28b%29%20c)"
    assert link("link", "javascript:alert(1)") == "link"


def test_stakeholders_read_what_is_known_and_see_what_is_not() -> None:
    assert drafts.stakeholders(account(restores=())).splitlines() == [
        "Incident: projectledger",
        "What: 🔴 Data is missing: invoice holds 0 rows",
        "Noticed: 2025-10-08 19:24 UTC",
        "Missing: rows in invoice, client, as counted 2025-10-08 19:24 UTC",
        "State: a backup of 2025-10-08 18:24 UTC can be restored; [is it being done?]",
        "Lead: Mara",
        "Who is affected: [who cannot work, and how?]",
        "Next news: [when?]",
    ]
    assert "State: B-1 was restored 2025-10-08 19:33 UTC" in drafts.stakeholders(account())
    updated = replace(KNOWN, update=f"<@{JONAS}> has half of it back", updated_at=BEGAN)
    assert "State: @Jonas has half of it back (2025-10-08 19:24 UTC)" in drafts.stakeholders(account(updated))
    assert "Missing: [what, in which tables?]" in drafts.stakeholders(account(BARE))
    assert drafts.stakeholders(account(closed())).startswith("Incident closed: projectledger")


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("over", [False, True])
def test_customers_read_no_names_of_tables_databases_or_people_and_no_promise(
    kind: Kind, *, over: bool
) -> None:
    incident = replace(closed() if over else KNOWN, kind=kind)
    for restores in ((), restores_of(LOG, BEGAN)):
        text = drafts.customers(account(incident, restores=restores))
        assert "2025-10-08 19:24 UTC" in text
        assert "[What can" in text or "[what d" in text
        for inside in ("projectledger", "invoice", "Mara", "Jonas", "B-1", "v1.3.0"):
            assert inside not in text


def test_actors_are_named_as_people_know_them() -> None:
    known = account()
    actors = ("secondkey", KNOWN.id, MARA, "cli:ops", "schedule:nightly", "U404")
    assert [known.name(each) for each in actors] == [
        "Secondkey", "Secondkey", "Mara", "ops, in a terminal", "the schedule nightly", "U404",
    ]  # fmt: skip
    assert title(known) == "Incident report: projectledger, data loss, 2025-10-08"
