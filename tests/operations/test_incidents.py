"""Incidents without Slack: opened once for a database, told in the outbox, timed, and what is recorded."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.domain.findings import Code, Finding, finding
from bot.domain.incidents import evidence
from bot.domain.incidents.incident import Evidence, Incident, Kind, Role, Stage
from bot.domain.incidents.timeline import Source
from bot.domain.observation import Observation
from bot.domain.operation import Kind as OperationKind
from bot.errors import NotFound, Refused, SecondkeyError, UsageError
from bot.operations import runner
from bot.operations.alerting.reporting import report
from bot.operations.deploying import freezing
from bot.operations.incidents import closing, drafting, looking, opening, records, reminding, talking
from bot.operations.services import Services
from bot.slack import rooms
from bot.slack.rooms import Declined
from bot.store import alerts, audit, deployments, incidents, operations
from tests.operations.conftest import NAME, Place
from tests.operations.working import BY, accepted, logged
from tests.operations.workspace_stand_in import Workspace
from tests.servers import Database
from tests.waiting import until

ZERO = finding(Code.ROWS_ZERO, "User", "12 → 0")
GONE = finding(Code.SCHEMA_MISSING_TABLE, "Invoice", "18,442 rows before")


def raised(services: Services, *found: Finding, alert_id: str = "al-11111111") -> Alert:
    now = services.store.now()
    return Alert(
        id=alert_id,
        cause=Cause(matter=Matter.DATA, database=NAME),
        sightings=tuple(Sighting(finding=each, at=now) for each in found),
        sure="counted",
        since=now,
        seen_at=now,
        aloud_at=now,
    )


def alarmed(services: Services, *found: Finding, alert_id: str = "al-11111111") -> Incident:
    alert = raised(services, *found, alert_id=alert_id)
    with services.store.transaction() as connection:
        return opening.for_alert(services, connection, alert)


def reported(services: Services) -> Incident:
    return opening.by_person(services, NAME, "users see nothing", BY)


def now(services: Services, incident: Incident) -> Incident:
    with services.store.transaction() as connection:
        return incidents.load(connection, incident.id)


def convened(services: Services) -> int:
    """How often somebody was asked to make the channel, and to look."""
    with services.store.transaction() as connection:
        found = operations.recent(connection, database=NAME, limit=50)
    return sum(each.kind is OperationKind.INCIDENT_OPEN for each in found)


def told(services: Services, incident: Incident) -> list[str]:
    """The texts that go out about it, as far as they were shown."""
    with services.store.transaction() as connection:
        rows = connection.execute("SELECT text FROM outbox ORDER BY number").fetchall()
    return [text for (text,) in rows]


def in_a_thread(services: Services, incident: Incident) -> Incident:
    """It has no channel of its own."""
    with services.store.transaction() as connection:
        held = incidents.hold(connection, incident.id)
        return incidents.save(connection, replace(held, no_channel="the app lacks the scope channels:manage"))


def test_a_loss_opens_one_incident_and_what_is_found_later_joins_it(services: Services) -> None:
    first = alarmed(services, ZERO)
    assert (first.kind, first.opened_by, first.what) == (Kind.DATA_LOSS, "secondkey", "data is missing: User")
    assert convened(services) == 1
    assert alarmed(services, ZERO).id == first.id
    assert convened(services) == 1
    later = alarmed(services, ZERO, GONE, alert_id="al-22222222")
    assert later.id == first.id
    assert later.alerts == ("al-11111111", "al-22222222")
    assert later.evidence is not None
    assert [each.subject for each in later.evidence.findings] == ["User", "Invoice"]
    assert convened(services) == 2
    assert logged(services).count("incident.opened") == 1


def test_missing_rows_that_lie_in_another_schema_are_in_the_evidence(
    services: Services, place: Place
) -> None:
    assert accepted(services) is None
    place.protected.execute('CREATE SCHEMA aside; ALTER TABLE "User" SET SCHEMA aside')
    place.protected.execute('CREATE TABLE "User" (id serial PRIMARY KEY, name text)')
    found = looking.look(services, alarmed(services, ZERO), "test", lambda: False)
    assert [(each.code, each.subject) for each in evidence.elsewhere(found)] == [
        (Code.DATA_ELSEWHERE, "User")
    ]
    assert "12 rows in schema aside" in str(evidence.elsewhere(found))
    assert evidence.rows_lost(found) == 12


def test_deployments_are_frozen_by_the_incident_and_a_freeze_of_a_person_stays_theirs(
    services: Services,
) -> None:
    freezing.freeze(services, NAME, "we look for the cause", BY)
    incident = reported(services)
    with services.store.transaction() as connection:
        frozen = deployments.frozen(connection, NAME)
        assert frozen is not None
        assert frozen.by == BY
        assert not freezing.lift(connection, NAME, "it is over", incident.id)
        deployments.thaw(connection, NAME)
        assert freezing.put(connection, NAME, "again", incident.id)
        assert freezing.lift(connection, NAME, "it is over", incident.id)
        assert deployments.frozen(connection, NAME) is None


def test_an_alert_says_whether_its_incident_was_opened_or_was_there(services: Services) -> None:
    first = lost(services)
    assert standing(services)[0].done == (f"opened the incident `{first.id}`: deployments are frozen",)
    assert close(services, first) is None
    second = reported(services)
    lost(services)
    assert standing(services)[0].done == (f"added it to the incident `{second.id}`, which is open already",)


def test_an_alert_that_waited_while_the_incident_was_closed_opens_another(services: Services) -> None:
    first = alarmed(services, ZERO)
    with ThreadPoolExecutor(1) as watch:
        with services.store.transaction() as connection:
            held = incidents.hold(connection, first.id)
            second = watch.submit(alarmed, services, GONE, alert_id="al-22222222")
            until(lambda: waiting(services))
            incidents.save(connection, replace(held, stage=Stage.CLOSED, closed_at=services.store.now()))
        assert second.result().is_open
    assert second.result().id != first.id


def test_an_incident_and_a_freeze_of_a_person_at_the_same_time_wait_for_each_other_once(
    services: Services,
) -> None:
    with ThreadPoolExecutor(1) as watch:
        with services.store.transaction() as connection:
            deployments.freeze(connection, NAME, BY, "we look for the cause")
            opened = watch.submit(alarmed, services, ZERO)
            until(lambda: waiting(services))
            audit.append(connection, actor=BY, action="deployment.frozen", subject=NAME, detail={})
        assert opened.result().is_open


def waiting(services: Services) -> bool:
    """Somebody waits for somebody else's transaction."""
    with services.store.transaction() as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row is not None and row[0] > 0


def test_a_second_incident_of_a_database_is_refused_with_the_way_to_the_first(services: Services) -> None:
    reported(services)
    with pytest.raises(Refused, match="users see nothing") as refused:
        reported(services)
    assert refused.value.code == "incident-open"
    assert "/incident note" in refused.value.hint


def test_a_text_that_is_too_long_is_refused_and_not_cut(services: Services) -> None:
    incident = reported(services)
    with pytest.raises(UsageError, match="2,501 characters are more than 2,500; nothing was recorded"):
        talking.update(services, incident, "x" * 2501, BY, "update:1")
    assert now(services, incident).update == ""
    talking.update(services, incident, "x" * 2500, BY, "update:2")
    assert now(services, incident).update == "x" * 2500


def test_nothing_is_opened_without_a_word_on_what_happened(services: Services) -> None:
    with pytest.raises(Refused) as refused:
        opening.by_person(services, NAME, " ", BY)
    assert refused.value.code == "reason-missing"
    with pytest.raises(NotFound, match="no incident of ledger is open"):
        talking.the_open(services, NAME)


def test_notes_updates_and_roles_are_told_and_stand_in_the_timeline_with_the_log(services: Services) -> None:
    incident = in_a_thread(services, reported(services))
    talking.note(services, incident, "the import ran at noon", BY, "command:1")
    talking.note(services, incident, "the import ran at noon", BY, "command:1")
    talking.update(services, incident, "we are restoring", BY, "command:2")
    talking.give_role(services, incident, Role.LEAD, "U00000001", BY, "command:3")
    with pytest.raises(UsageError):
        talking.note(services, incident, " ", BY, "command:4")
    changed = now(services, incident)
    assert (changed.update, changed.lead) == ("we are restoring", "U00000001")
    with services.store.transaction() as connection:
        entries = records.timeline(connection, changed)
    assert [each.text for each in entries if each.source is Source.NOTE] == ["the import ran at noon"]
    assert {"incident opened: users see nothing", "we are restoring", "lead: <@U00000001>"} <= {
        each.text for each in entries
    }
    assert "Status update · ledger: we are restoring" in told(services, incident)


def test_what_is_said_while_somebody_closes_it_is_refused_and_not_recorded(services: Services) -> None:
    incident = in_a_thread(services, reported(services))
    with services.store.transaction() as connection:
        held = incidents.hold(connection, incident.id)
        incidents.save(connection, replace(held, stage=Stage.CLOSED, closed_at=services.store.now()))
    with pytest.raises(NotFound, match="is closed; nothing was recorded"):
        talking.note(services, incident, "too late", BY, "command:1")
    with pytest.raises(NotFound, match="is closed; nothing was recorded"):
        talking.update(services, incident, "too late", BY, "command:2")
    assert "too late" not in " ".join(told(services, incident))


def test_a_timeline_leaves_out_the_beginning_of_a_long_log_and_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = reported(services)
    with services.store.transaction() as connection:
        for action in ("verify.done", "of no interest", "traffic.stopped", "traffic.started"):
            audit.append(connection, actor=BY, action=action, subject=NAME, detail={})
        assert "left out" not in "".join(each.text for each in records.timeline(connection, incident))
        monkeypatch.setattr(incidents, "LOGGED", 3)
        told = [each.text for each in records.timeline(connection, incident)]
    assert told == [
        "left out here: 2 older lines of the audit log: see `secondkey audit`",
        "verified: nothing",
        "traffic stopped",
        "traffic started",
    ]


def test_whoever_leads_is_asked_for_an_update_when_it_is_due_and_once(services: Services) -> None:
    incident = in_a_thread(services, reported(services))
    reminding.remind(services, lambda: False)
    assert "An update on ledger is due" not in told(services, incident)
    _long_ago(services, incident)
    reminding.remind(services, lambda: False)
    reminding.remind(services, lambda: False)
    assert told(services, incident).count("An update on ledger is due") == 1
    assert told(services, incident).count("Draft for customers: not sent") == 1


def test_that_all_its_alerts_are_over_is_said_once(services: Services) -> None:
    incident = in_a_thread(services, alarmed(services, ZERO))
    alert = raised(services, ZERO)
    over = "ledger: what was found is not there any more"
    for resolved_at, count in ((None, 0), (alert.since, 1), (alert.since, 1)):
        with services.store.transaction() as connection:
            alerts.save(connection, replace(alert, resolved_at=resolved_at))
        reminding.remind(services, lambda: False)
        assert told(services, incident).count(over) == count


def test_a_draft_goes_out_word_for_word_once_a_person_says_so_and_only_once(services: Services) -> None:
    incident = in_a_thread(services, reported(services))
    told_to = services.settings.incidents.model_copy(update={"customers": ("news",)})
    services = replace(services, settings=services.settings.model_copy(update={"incidents": told_to}))
    assert len(drafting.write(services, incident)) == 2
    assert not any(text.startswith("Since ") for text in told(services, incident))
    with services.store.transaction() as connection:
        ((draft_id, text),) = connection.execute(
            "SELECT id, text FROM incident_drafts WHERE audience = 'customers'"
        ).fetchall()
    drafting.send(services, draft_id, BY)
    assert told(services, incident).count(text) == 1
    with pytest.raises(Refused) as refused:
        drafting.send(services, draft_id, BY)
    assert refused.value.code == "already-sent"
    assert logged(services).count("incident.sent") == 1


def test_a_closed_incident_ends_its_alert_and_what_is_lost_next_is_news(services: Services) -> None:
    incident = lost(services)
    assert close(services, incident) is None
    assert not standing(services)
    lost(services)
    assert len(standing(services)) == 1
    assert frozen(services)


def test_a_close_that_is_cut_off_before_it_counts_leaves_nothing_silent(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    incident = lost(services)
    with monkeypatch.context() as patch:
        patch.setattr(incidents, "save", killed)
        with pytest.raises(Killed):
            close(services, incident)
    assert now(services, incident).is_open
    lost(services)
    assert "It is back" in " ".join(told(services, incident))


def test_what_the_watch_saw_while_rows_were_counted_keeps_the_incident_open(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = lost(services)
    whole = closing.compare

    def meanwhile(*arguments: Any) -> Observation:
        lost(services)
        return whole(*arguments)

    monkeypatch.setattr(closing, "compare", meanwhile)
    why = why_open(close(services, incident))
    assert "the watch saw a loss in ledger while its rows were counted; the incident stays open" in why
    assert now(services, incident).is_open
    assert frozen(services)
    assert len(standing(services)) == 1


def test_what_joins_while_its_evidence_is_gathered_stays_in_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(services: Services, incident: Incident, *_: object) -> Evidence:
        alarmed(services, GONE, alert_id="al-22222222")
        assert incident.evidence is not None
        return incident.evidence

    incident = in_a_thread(services, alarmed(services, ZERO))
    monkeypatch.setattr(looking, "look", look)
    monkeypatch.setattr(rooms, "create", declined)
    with services.store.transaction() as connection:
        (asked,) = operations.recent(connection, database=NAME, limit=1)
    assert runner.run(replace(services, directory=Workspace()), asked.id) is None  # type: ignore[arg-type]
    found = now(services, incident).evidence
    assert found is not None
    assert {each.code for each in found.findings} == {ZERO.code, GONE.code}


def declined(*_: object, **__: object) -> None:
    raise Declined("missing_scope", "the app lacks the scope channels:manage")


def test_why_an_incident_cannot_be_closed_is_told_outsiders_without_counts(
    services: Services, database: Database
) -> None:
    assert accepted(services) is None
    incident = lost(services)
    database.execute('DELETE FROM "User"')
    assert "rows.zero User 12 → 0" in why_open(close(services, incident))
    assert "rows.zero User lost rows" in why_open(close(services, incident, outsiders()))


def test_outsiders_read_where_the_report_is_and_none_of_its_counts(services: Services) -> None:
    incident = lost(services)
    assert close(services, incident, outsiders()) is None
    (shown,) = (text for text in blocks_told(services) if "*Report*" in text)
    assert "is not told here: it has counts of rows" in shown
    assert f"secondkey incident report {incident.id}" in shown


def outsiders() -> Workspace:
    """People of another organisation may read where incidents are told."""
    workspace = Workspace()
    workspace.shared = True
    return workspace


def blocks_told(services: Services) -> list[str]:
    with services.store.transaction() as connection:
        rows = connection.execute("SELECT blocks::text FROM outbox ORDER BY number").fetchall()
    return [blocks for (blocks,) in rows]


def why_open(error: SecondkeyError | None) -> str:
    assert isinstance(error, Refused)
    assert error.code == "data-missing"
    return error.reason


def test_whoever_closes_second_hears_that_it_is_closed_whatever_is_missing(
    services: Services, database: Database
) -> None:
    incident = lost(services)
    assert close(services, incident) is None
    database.execute('DELETE FROM "User"')
    error = close(services, incident)
    assert isinstance(error, Refused)
    assert error.code == "incident-closed"


def lost(services: Services) -> Incident:
    """The watch reports it."""
    report(services, Cause(matter=Matter.DATA, database=NAME), [ZERO], sure="counted")
    with services.store.transaction() as connection:
        found = incidents.open_of(connection, NAME)
    assert found is not None
    return in_a_thread(services, found)


def close(
    services: Services, incident: Incident, workspace: Workspace | None = None
) -> SecondkeyError | None:
    services = replace(services, directory=workspace or Workspace())  # type: ignore[arg-type]
    return runner.run(services, closing.request(services, incident, "all is back", BY, anyway=False).id)


def standing(services: Services) -> list[Alert]:
    with services.store.transaction() as connection:
        return alerts.all_open(connection)


def frozen(services: Services) -> bool:
    with services.store.transaction() as connection:
        return deployments.frozen(connection, NAME) is not None


def _long_ago(services: Services, incident: Incident) -> None:
    with services.store.transaction() as connection:
        connection.execute(
            "UPDATE incidents SET opened_at = opened_at - %s WHERE id = %s", (timedelta(hours=2), incident.id)
        )
