"""What people read of an alert: on a phone, in the notification, and once it is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.findings import Code, Finding, finding
from bot.slack.blocks import Message
from bot.slack.views import alert as view
from bot.slack.views import incident_talk
from bot.slack.views import watch as watch_view
from tests.slack.limits import check

NOW = datetime(2025, 10, 8, 19, 12, tzinfo=UTC)
LOST = [
    finding(Code.ROWS_ZERO, "User", "1,204 → 0", "find out what emptied it"),
    finding(Code.ROWS_ZERO, "Invoice", "18,442 → 0", "find out what emptied it"),
    *(finding(Code.ROWS_DROPPED, f"Table{n}", f"{n}00 → {n}") for n in range(1, 7)),
]
WINDOW = MaintenanceWindow(
    scope="ledger", by="U1", reason="<!channel> moving", since=NOW, until=NOW + timedelta(hours=2)
)


ALERT_CAUSE = Cause(matter=Matter.DATA, database="ledger")


def alert(*found: Finding, matter: Matter = Matter.DATA, **changes: object) -> Alert:
    made = Alert(
        id="al-12345678",
        cause=Cause(matter=matter, database="ledger"),
        sightings=tuple(Sighting(finding=each, at=NOW) for each in found or LOST),
        sure="counted at 19:12:04",
        done=("looked for the rows elsewhere: not found",),
        backup_id="B-20251008-190400-abcd",
        since=NOW,
        seen_at=NOW,
        aloud_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def lines(message: Message) -> list[str]:
    """What is read, from top to bottom."""
    found = []
    for block in message.blocks:
        texts = block.get("elements", []) if block["type"] in ("context", "actions") else [block]
        for each in texts:
            text = each["text"]
            found += (text["text"] if isinstance(text, dict) else text).split("\n")
    return found


def test_an_alert_says_what_since_when_how_sure_what_was_done_and_what_comes_next() -> None:
    message = view.message(alert())
    assert message.text == ("🔴 ledger: data is missing: User 1,204 → 0, Invoice 18,442 → 0 and 6 more")
    when = f"<!date^{int(NOW.timestamp())}^{{date_short_pretty}} {{time}}|2025-10-08 19:12 UTC>"
    assert lines(message) == [
        "🔴 ledger: data is missing",
        "*rows.zero, rows.dropped* · 🔴 critical",
        "```User      1,204 → 0",
        "Invoice  18,442 → 0",
        "Table1      100 → 1",
        "Table2      200 → 2",
        "Table3      300 → 3```",
        "and 3 more tables",
        "→ find out what emptied it",
        f"*Since* {when}",
        "*How sure* counted at 19:12:04",
        "*Done already*",
        "• looked for the rows elsewhere: not found",
        "→ `/restore ledger B-20251008-190400-abcd REASON` brings it back, with two",
        "→ `/traffic stop ledger REASON` keeps everybody away, by one person",
        "👀 below this message says that you look into it",
        "al-12345678",
        "Prepare restore",
        "Verify again",
    ]


def test_what_has_no_room_in_the_message_is_in_its_thread() -> None:
    more = view.in_full(alert())
    assert more is not None
    assert "Table6" in "\n".join(lines(more))
    assert view.in_full(alert(*LOST[:5])) is None


def test_outsiders_read_what_is_missing_and_not_how_much() -> None:
    message = view.message(view.without_counts(alert()))
    told = "\n".join((message.text, *lines(message)))
    assert "User lost rows" in told
    assert not any(each.detail in told for each in LOST)


def test_what_is_over_has_no_button_and_says_how_long_it_lasted() -> None:
    over = alert(gone_at=NOW + timedelta(minutes=4), resolved_at=NOW + timedelta(minutes=5))
    message = view.message(over)
    assert message.text.startswith("✅ Resolved after 4 min · ledger: data is missing")
    assert not any(block["type"] == "actions" for block in message.blocks)
    assert "→ `" not in "\n".join(lines(message))
    assert "→ find out" not in "\n".join(lines(message))
    assert view.resolved(over).text == "Resolved: ledger: data is missing; it lasted 4 min"


def test_where_nothing_can_be_restored_no_button_says_so() -> None:
    lagging = alert(
        finding(Code.SERVER_REPLICA_LAGGING, "standby", "301 s behind"), matter=Matter.SERVER, backup_id=""
    )
    message = view.message(lagging)
    assert message.text == "🟠 ledger: the server needs attention: server.replica-lagging"
    assert lines(message)[-1] == "Verify again"
    assert "Prepare restore" not in lines(message)
    assert "/restore" not in "\n".join(lines(message))


def test_in_maintenance_it_is_said_by_whom_and_until_when() -> None:
    message = view.message(alert(aloud_at=None), WINDOW)
    assert message.text.startswith("🔧 In maintenance · ledger: data is missing")
    told = "\n".join(lines(message))
    assert "by <@U1>: &lt;!channel&gt; moving" in told


def test_whoever_looks_into_it_is_named_and_told_that_it_got_worse() -> None:
    seen = alert(acknowledged_by=("U1", "U2"))
    assert "👀 <@U1>, <@U2> look into it" in lines(view.message(seen))
    assert lines(view.worse(seen, LOST[1:2]))[0] == "<@U1> <@U2> *It got worse: Invoice 18,442 → 0*"


def test_a_group_is_called_with_what_it_is_about_in_the_first_words() -> None:
    message = view.escalated(alert(), "<!subteam^S1>", NOW + timedelta(minutes=5, seconds=20))
    assert message.text == "ledger: data is missing: nobody has looked into this for 5 min"
    assert lines(message)[0].startswith("<!subteam^S1> nobody has looked into this for 5 min.")


def test_a_thousand_tables_fit_into_what_slack_takes() -> None:
    many = [finding(Code.ROWS_ZERO, f"a_rather_long_name_of_table_{n}", "123,456 → 0") for n in range(1000)]
    more = view.in_full(alert(*many))
    assert more is not None
    for message in (view.message(alert(*many)), more):
        limited = message.limited()
        assert len(limited.blocks) <= 50
        assert len(str(limited.blocks)) < 14_000


def test_of_hundreds_of_tables_none_is_cut_away_in_silence() -> None:
    many = [finding(Code.ROWS_ZERO, f"Table{n}", "1,204 → 0") for n in range(300)]
    more = view.in_full(alert(*many))
    assert more is not None
    told = "\n".join(lines(more.limited()))
    assert all(f"Table{n} " in told for n in range(300))


def test_the_status_names_what_stands_and_what_is_kept_calm() -> None:
    message = watch_view.standing(
        [alert(acknowledged_by=("U1",)), alert(aloud_at=None)], [WINDOW], NOW + timedelta(minutes=5), {}
    )
    told = lines(message)
    assert told[0] == "*2 alerts open*"
    assert told[1] == "🔴 critical · ledger: data is missing · 5 min ago · 👀 <@U1> · `al-12345678`"
    assert "calm: maintenance" in told[2]
    assert told[-1].startswith("🔧 `ledger` until <!date^")
    assert watch_view.standing([], [], NOW, {}).text == "No alert is open"


def test_of_many_alerts_and_windows_no_line_is_torn() -> None:
    many = [alert(acknowledged_by=("U1", "U2", "U3"), cause=replace(ALERT_CAUSE, subject="x" * 90))] * 20
    window = replace(WINDOW, reason="a & b " * 80)
    told = lines(watch_view.standing(many, [window] * 5, NOW, {}).limited())
    assert sum(each.endswith("`al-12345678`") for each in told) == 20
    assert sum(each.startswith("🔧 `ledger` until") and each.endswith("b ") for each in told) == 5


def test_a_maintenance_window_is_announced_and_its_end_too() -> None:
    begun, ended = (watch_view.maintenance(WINDOW, by, NOW) for by in (None, "U2"))
    assert begun.text == "🔧 Maintenance · ledger: &lt;!channel&gt; moving"
    assert "`/watch resume ledger` ends it" in "\n".join(lines(begun))
    assert "<!channel>" not in "\n".join(lines(begun))
    assert "by <@U2>" in "\n".join(lines(ended))


def test_whoever_looked_into_it_is_told_by_name_that_it_is_back() -> None:
    assert lines(view.back(alert(acknowledged_by=("U1",), returns=1))) == ["<@U1> *It is back.*"]


def test_a_table_is_named_and_never_calls_or_links_wherever_it_is_told() -> None:
    nasty = finding(Code.ROWS_ZERO, "<!channel> <https://evil.example|User>", "12 → 0")
    for message in (
        view.message(alert(nasty)),
        view.worse(alert(nasty), [nasty]),
        view.back(alert(nasty, returns=2)),
        incident_talk.back([nasty]),
    ):
        assert "<" not in check(message).text
