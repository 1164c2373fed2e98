"""What people read of a restore: the plan on a phone, the steps, the outcome, the offer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.backup import Health, Level
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.restoring.changes import Change
from bot.domain.restoring.facts import BoundSource, bind, target_of
from bot.domain.restoring.plan import Origin, Plan, Room, Source, Surroundings
from bot.domain.restoring.schema import Schema
from bot.domain.restoring.target import Found, Target
from bot.domain.restoring.traffic import Traffic
from bot.domain.state import ChangeCounters
from bot.slack.blocks import Message
from bot.slack.views import offer, restore, restore_plan
from bot.slack.views.steps import Step
from tests import builders as b
from tests.slack.limits import check

PHONE = 32
SOURCE = Source(
    origin=Origin.BACKUP,
    name="B-20251008-191204-abcd",
    at=b.NOON - timedelta(minutes=52),
    reason="before v1.3.0",
    bytes=4_200_000_000,
    level=Level.RESTORE_TESTED,
    health=Health.HEALTHY,
    restore_seconds=341.0,
)
OPERATION = Operation(
    id="op-4k7d2m9x",
    kind=Kind.RESTORE,
    database=b.DATABASE,
    progress=Progress.RUNNING,
    requested_by="U00000001",
    created_at=b.NOON,
)
APPROVED = restore.Approved(reason="users vanished", by=("U00000002",), at=b.NOON, digest="7f3a91c2" * 8)


def change(name: str, now: int | None, then: int, written: int | None = 0, **other: Any) -> Change:
    return Change(table=b.table_name(name), now=now, then=then, written=written, **other)


def plan(*changes: Change, **other: Any) -> Plan:
    target = Target(
        found=Found.EMPTY, bound=target_of(b.IDENTITY), words="the pinned database, and it is empty"
    )
    return Plan(
        **{
            "database": b.DATABASE,
            "environment": "production",
            "source": SOURCE,
            "passed_over": (),
            "target": target,
            "changes": changes,
            "written": ChangeCounters(inserted=40, updated=312, deleted=5),
            "schema": Schema(then=21, now=22, newer=("22_vat",)),
            "surroundings": Surroundings(),
            "left_out": ("event trigger guard: only a superuser could",),
            "traffic": Traffic(stop=(("kubectl", "scale", "--replicas=0"),), start=(("kubectl",),)),
            "outage": timedelta(seconds=3),
            "room": Room(needed=9_000_000_000, problem="no disk_free command is configured"),
            "aside": "projectledger_aside_r42",
            "keep_aside": timedelta(days=7),
            "facts": bind(target.bound, BoundSource(name=SOURCE.name, checksum="0"), Traffic(), changes),
            **other,
        }
    )


def lines(shown: Plan) -> list[str]:
    return [line for paragraph in restore_plan.plan_lines(shown, b.NOON) for line in paragraph]


def texts(message: Message) -> str:
    return f"{message.text} {message.blocks}"


INCIDENT = plan(
    change("User", 0, 1204),
    change("Invoice", 0, 18442),
    change("Organization", 1, 312, 1),
    change("Plan", 3, 3),
)


def test_the_plan_begins_with_what_was_found_and_the_worst_tables_fit_on_a_phone() -> None:
    told = lines(INCIDENT)
    assert told[0] == "Target: the pinned database, and it is empty"
    assert (
        "*B-20251008-191204-abcd* · before v1.3.0 · 4.2 GB · restore-tested · healthy · 52 min ago" in told[1]
    )
    table = next(line for line in told if line.startswith("```")).strip("`").splitlines()
    assert [row.split()[0] for row in table] == ["Organization", "Invoice", "User"]
    assert max(map(len, table)) <= PHONE
    assert "(1 table: same count)" in told


def test_everything_that_people_decide_by_is_in_it() -> None:
    text = "\n".join(lines(INCIDENT))
    for words in (
        "Goes aside: 1 row written since, in Organization",
        "40 rows inserted, 312 updated, 5 deleted",
        "Traffic: stopped by `kubectl scale --replicas=0`, started afterwards",
        "Outage: about 3.0 s and what the traffic commands take; the restore (about 5 min 41 s) runs beside",
        "Undo: the present database is kept as `projectledger_aside_r42` for 7 days",
        "Room: needs about 9.0 GB on the server; what is free there is not known: no disk_free command",
        "afterwards 21 migrations, now 22 · 22_vat would be gone: roll the application back",
        "Not restored: event trigger guard",
    ):
        assert words in text


def test_room_that_is_known_is_told_against_what_is_needed_and_none_where_nothing_is_made() -> None:
    known = "\n".join(lines(plan(room=Room(needed=9_000_000_000, free=20_000_000_000))))
    assert "Room: needs about 9.0 GB on the server, where 20.0 GB are free" in known
    assert "Room" not in "\n".join(lines(plan(room=None)))


def test_what_is_left_to_people_is_named_and_its_statements_can_be_copied_whole() -> None:
    statement = f'ALTER ROLE "app" IN DATABASE "ledger" SET "search_path" TO \'{"x" * 200}\';'
    left = Surroundings(
        by_hand=(statement,),
        publications=("<!channel>", "b"),
        subscriptions=("paused",),
        unendable=('process 7 ("<!channel>", as postgres)',),
    )
    told = lines(plan(surroundings=left))
    assert f"`{statement}`" in told
    assert "Publications go aside with the present database: &lt;!channel&gt;, b; make them anew" in told
    assert any(line.startswith("Disabled subscriptions go aside") and "paused" in line for line in told)
    assert (
        "In there now, and not to be ended by the restoring login: "
        'process 7 ("&lt;!channel&gt;", as postgres); end them first'
    ) in told


def test_many_tables_are_counted_and_names_of_others_are_no_markup() -> None:
    many = plan(*(change(f"<!channel> {n}", 0, n + 1) for n in range(30)))
    text = "\n".join(lines(many))
    assert "(25 more tables: +325, −0 rows)" in text
    assert "<!channel>" not in text


def test_a_bad_source_and_what_nobody_could_count_are_said() -> None:
    bad = plan(
        change("User", None, 5, None, problem="somebody holds a lock"),
        source=replace(SOURCE, warnings=("this backup is suspect",)),
        written=None,
    )
    told = lines(bad)
    assert told[0] == "⚠️ this backup is suspect"
    assert any("`User` could not be counted: somebody holds a lock" in line for line in told)
    assert "Written since then: not known; all of it is kept in the set-aside database" in told


def test_rows_that_lie_elsewhere_are_said_before_anything_is_restored() -> None:
    moved = plan(change("User", 0, 5), change("public_old.User", 5, 0, dropped=True))
    assert lines(moved)[0] == "⚠️ Such rows are in this very database, in `public_old`: look there first"


def test_where_nothing_changes_and_nothing_is_configured_that_is_said() -> None:
    quiet = plan(
        change("User", 3, 3),
        traffic=Traffic(),
        schema=None,
        left_out=(),
        target=Target(found=Found.ABSENT, bound=target_of(b.IDENTITY), words="no such database"),
    )
    text = "\n".join(lines(quiet))
    assert "the same in every table" in text
    assert "no command is configured" in text
    assert "Undo: none" in text
    assert "Schema" not in text


def test_a_tool_that_keeps_heads_alone_is_told_by_them() -> None:
    schema = Schema(then=1, now=1, newer=("c3",), missing=("b2",), heads_only=True)
    text = "\n".join(lines(plan(schema=schema)))
    assert "Schema: afterwards at b2 · c3 would be gone: roll the application back" in text
    same = "\n".join(lines(plan(schema=replace(schema, newer=(), missing=()))))
    assert "Schema: afterwards at the same migration as now" in same


def test_steps_tick_and_the_outcome_names_the_way_back() -> None:
    steps = [Step(name="copy ready", seconds=0.3), Step(name="fence and swap", said="ending sessions")]
    running = restore.running(OPERATION, APPROVED, SOURCE.name, steps)
    assert running.text == "⏳ Restoring · projectledger · fence and swap"
    assert "✓ copy ready · 300 ms" in texts(running)
    assert "⏳ fence and swap · ending sessions" in texts(running)
    assert "plan 7f3a 91c2" in texts(running)

    outcome = restore.Outcome(
        source=SOURCE.name,
        tables=12,
        rows=48113,
        changes=(change("User", 3, 1204, 3),),
        outage=timedelta(seconds=1.2),
        aside="projectledger_aside_r42",
        keep_until=b.NOON + timedelta(days=7),
        notes=("⚠️ By hand, as superuser: `CREATE EXTENSION x`",),
    )
    done = texts(restore.done(OPERATION, APPROVED, outcome, steps))
    for words in (
        "🟢 Restored · projectledger: B-20251008-191204-abcd is live, 12 tables, 48,113 rows, outage 1.2 s",
        "Only in the set-aside database: 3 rows of User",
        "By hand, as superuser: `CREATE EXTENSION x`",
        "`/restore undo projectledger REASON`",
    ):
        assert words in done
    assert "kept as" not in texts(
        restore.done(OPERATION, APPROVED, replace(outcome, aside="", keep_until=None), steps)
    )
    assert "Undone" in restore.done(replace(OPERATION, kind=Kind.UNDO), APPROVED, outcome, steps).text

    for back, away in (
        (restore.Traffic.STOPPED, "traffic is still stopped"),
        (restore.Traffic.UNANSWERED, "outage 1.2 s"),
    ):
        told = restore.done(OPERATION, APPROVED, replace(outcome, traffic=back), steps).text
        assert told.startswith("🟠 Restored")
        assert told.endswith(away)


def test_the_offer_says_what_each_would_change_and_has_a_button_for_each() -> None:
    card = offer.Card(
        database=b.DATABASE,
        environment="production",
        verdict="🔴 blocked: rows.zero",
        proposed=b.backup(),
        older=(b.backup("B-20251008-100000-aaaa"),),
        changes=(change("User", 0, 1204), change("Invoice", 3, 0, 3)),
    )
    shown = check(offer.cards([card], b.NOON))
    assert "Comes back: 1,204 rows in 1 table · goes aside: 3 rows" in texts(shown)
    values = [
        element["value"]
        for block in shown.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    assert values == ["B-20251008-110000-abcd", "B-20251008-100000-aaaa"]
    unknown = offer.cards([replace(card, changes=None, problem="this server is a standby")], b.NOON)
    assert "is not known: this server is a standby" in texts(unknown)
    none = texts(offer.cards([replace(card, proposed=None)], b.NOON))
    assert "`/backup list projectledger` says why" in none
    assert "None of the protected databases is open to you" in texts(offer.cards([], b.NOON))


def test_a_form_of_slacks_size_asks_for_the_reason() -> None:
    form = offer.reason_form("restore", "projectledger B-20251008-110000-abcd", "C1")
    assert form["callback_id"] == "restore_reason"
    assert len(form["title"]["text"]) <= 24
    assert form["blocks"][0]["element"]["max_length"] == 500
