"""What other programs see of the bot, over real HTTP; and the rules and the dashboard that go with it."""

import json
import re
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import programs
from bot.config.listening import Listen
from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.domain.backup import Health, Level
from bot.domain.findings import Code, finding
from bot.errors import SecondkeyError
from bot.operations.monitoring.desk import Desk
from bot.operations.monitoring.faults import Faults
from bot.operations.monitoring.monitor import Monitor
from bot.operations.services import Services
from bot.store import alerts, backups, baselines, drills, watch
from tests import builders, servers
from tests.operations.conftest import NAME

DOCS = Path(__file__).parents[2] / "docs"
RULES = DOCS / "monitoring" / "alerts.yml"
GOOD = builders.backup("B-20251008-110000-abcd", database=NAME, proof={"restore_seconds": 4.5})
Found = dict[str, dict[tuple[str, ...], float]]


@dataclass
class Visited:
    """A bot's desk, and what can be changed behind it."""

    url: str
    connections: int = 2
    faults: Faults = field(default_factory=lambda: Faults(lambda _: None))

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def verdict(self, path: str) -> tuple[int, list[str]]:
        status, body = self.get(path)
        return status, json.loads(body)["reasons"]

    def metrics(self) -> Found:
        """Each sample by its name and the values of its labels."""
        status, body = self.get("/metrics")
        assert status == 200
        found: Found = {}
        for family in text_string_to_metric_families(body):
            for sample in family.samples:
                found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
        return found


@contextmanager
def desk(services: Services, *, row_counts: bool = False) -> Iterator[Visited]:
    listen = Listen("127.0.0.1", servers.free_port())
    visited = Visited(url=f"http://{listen.host}:{listen.port}")
    monitor = Monitor(
        services,
        connected=lambda: visited.connections,
        dead=visited.faults.reasons,
        row_counts=row_counts,
    )
    at_work = Desk(listen, monitor, on_death=pytest.fail)
    at_work.start()
    try:
        yield visited
    finally:
        at_work.stop()


def record_all(services: Services) -> None:
    """Something of everything that there are figures of."""
    newest = builders.backup(
        "B-20251008-130000-abcd",
        database=NAME,
        level=Level.READ,
        health=Health.SUSPECT,
        proof={"suspect_because": (Code.ROWS_ZERO,)},
    )
    alert = Alert(
        id=alerts.new_id(),
        cause=Cause(matter=Matter.DATA, database=NAME),
        sightings=(Sighting(finding=finding(Code.ROWS_ZERO, "User", "12 → 0"), at=builders.NOON),),
        sure="counted",
        since=builders.NOON,
        seen_at=builders.NOON,
        aloud_at=builders.NOON,
    )
    with services.store.transaction() as connection:
        backups.record(connection, GOOD)
        backups.record(connection, newest)
        alerts.save(connection, alert)
        alerts.save(
            connection, replace(alert, id=alerts.new_id(), cause=Cause(matter=Matter.WATCH, subject="slow"))
        )
        drills.record(connection, builders.drill(database=NAME, backup_id=GOOD.id))
        watch.looked(connection, NAME, timedelta(milliseconds=120))
        state = builders.state(builders.table("User", 12), builders.table("Plan", None))
        baselines.save(connection, NAME, state, by="U00000001", pinned=True)


def test_it_is_healthy_until_a_part_of_it_ended_by_itself(services: Services) -> None:
    with desk(services) as visited:
        assert visited.get("/healthz") == (200, '{"healthy": true, "reasons": []}\n')
        visited.faults("looking after requests ended by itself")
        assert visited.verdict("/healthz") == (503, ["looking after requests ended by itself"])


def test_it_is_ready_once_slack_is_there_and_every_database_was_looked_at(services: Services) -> None:
    with desk(services) as visited:
        visited.connections = 0
        reasons = ["no connection to Slack is up", f"{NAME} was not looked at yet"]
        assert visited.verdict("/readyz") == (503, reasons)
    with services.store.transaction() as connection:
        watch.looked(connection, NAME, timedelta(milliseconds=120))
    with desk(services) as visited:
        assert visited.verdict("/readyz") == (200, [])
        assert visited.metrics()["secondkey_ready"] == {(): 1}


def test_without_its_own_database_it_is_healthy_and_not_ready_and_says_so(services: Services) -> None:
    services.store.close()
    with desk(services) as visited:
        assert visited.verdict("/healthz") == (200, [])
        assert visited.verdict("/readyz") == (503, ["the bot's own database does not answer"])
        found = visited.metrics()
    assert found["secondkey_state_up"] == {(): 0}
    assert found["secondkey_database_info"] == {(NAME, "production"): 1}
    assert "secondkey_alerts_open" not in found


def test_the_figures_are_those_of_the_records(services: Services) -> None:
    record_all(services)
    with desk(services) as visited:
        found = visited.metrics()
    assert found["secondkey_backup_last_timestamp_seconds"] == {(NAME,): builders.NOON.timestamp() + 3600}
    assert found["secondkey_backup_last_good_timestamp_seconds"] == {
        (NAME,): builders.NOON.timestamp() - 3600
    }
    assert found["secondkey_backup_last_level"][NAME, "read"] == 1
    assert found["secondkey_backup_last_level"][NAME, "restore-tested"] == 0
    assert found["secondkey_backup_last_health"][NAME, "suspect"] == 1
    assert found["secondkey_backup_last_size_bytes"] == {(NAME,): 1_000_000}
    assert found["secondkey_restore_test_last_duration_seconds"] == {(NAME,): 4.5}
    assert found["secondkey_drill_last_duration_seconds"] == {(NAME,): 6.5}
    assert found["secondkey_drill_last_success"] == {(NAME,): 1}
    assert found["secondkey_alerts_open"][NAME, "critical"] == 1
    assert found["secondkey_alerts_open"]["", "critical"] == 1
    assert found["secondkey_alerts_open"][NAME, "warning"] == 0
    assert found["secondkey_watch_last_look_duration_seconds"] == {(NAME,): 0.12}
    assert found["secondkey_deployment_open"] == {(NAME,): 0}
    assert found["secondkey_slack_connections"] == {(): 2}


def test_row_counts_are_business_figures_and_told_only_where_that_is_wanted(services: Services) -> None:
    record_all(services)
    with desk(services) as visited:
        assert "secondkey_baseline_rows" not in visited.metrics()
    with desk(services, row_counts=True) as visited:
        assert visited.metrics()["secondkey_baseline_rows"] == {(NAME, "public", "User"): 12}


def test_another_path_says_what_is_there(services: Services) -> None:
    with desk(services) as visited:
        assert visited.get("/") == (404, "/healthz, /readyz and /metrics are here\n")


def test_an_address_that_is_taken_is_refused_before_anything_runs(services: Services) -> None:
    with desk(services) as visited:
        port = int(visited.url.rpartition(":")[2])
        monitor = Monitor(services, connected=lambda: 2, dead=[], row_counts=False)
        with pytest.raises(SecondkeyError) as refusal:
            Desk(Listen("127.0.0.1", port), monitor, on_death=pytest.fail).start()
    assert f"127.0.0.1 port {port} cannot be listened on: Address already in use" in refusal.value.reason


def test_every_metric_is_documented_and_what_rules_and_dashboard_ask_for_is_there(services: Services) -> None:
    record_all(services)
    with services.store.transaction() as connection:
        connection.execute(
            "INSERT INTO operations (id, kind, database, progress, requested_by, request)"
            " VALUES ('op-1', 'backup', %s, 'failed', 'schedule:daily', '{}')",
            [NAME],
        )
    with desk(services, row_counts=True) as visited:
        there = {name for name in visited.metrics() if name.startswith("secondkey_")}
    documented = re.findall(r"^\| `(secondkey_\w+)", (DOCS / "monitoring.md").read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(there)
    for text in (RULES.read_text(), RULES.with_name("dashboard.json").read_text()):
        asked = set(re.findall(r"\bsecondkey_\w+", text))
        assert asked
        assert asked <= there


def test_the_dashboard_asks_the_chosen_source_and_no_panel_covers_another() -> None:
    dashboard = json.loads(RULES.with_name("dashboard.json").read_text())
    covered: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not covered & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        covered |= cells
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert [variable["name"] for variable in dashboard["templating"]["list"]] == ["datasource", "database"]


@pytest.mark.parametrize(
    "arguments", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")]
)
def test_prometheus_takes_the_rules_and_they_fire_when_they_should(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here: it comes with Debian's package prometheus")
    ran = programs.run([promtool, *arguments], timeout=60, cwd=RULES.parent)
    assert ran.code == 0, ran.stderr
