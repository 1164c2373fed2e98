"""The figures as Prometheus has them: docs/monitoring.md lists them, and a test keeps it so."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.domain.backup import Health, Level
from bot.domain.findings import Severity
from bot.domain.overview import Overview
from bot.operations.monitoring.figures import Figures

#: For each database a number, or nothing where there is none.
Numbers = Iterable[tuple[str, float | None]]
_OPEN: tuple[tuple[str, str, Callable[[Overview], float]], ...] = (
    ("secondkey_requests_open", "Requests for a second person that are open.", lambda it: len(it.requests)),
    (
        "secondkey_deployment_open",
        "Whether a deployment window is open.",
        lambda it: it.deployment is not None,
    ),
    ("secondkey_deployments_frozen", "Whether deployments are frozen.", lambda it: it.freeze is not None),
    ("secondkey_incident_open", "Whether an incident is open.", lambda it: it.incident is not None),
    (
        "secondkey_maintenance",
        "Whether maintenance keeps alerts calm.",
        lambda it: it.maintenance is not None,
    ),
    ("secondkey_traffic_stopped", "Whether Secondkey stopped traffic.", lambda it: it.stopped is not None),
)


def exposition(figures: Figures | None, environments: Mapping[str, str], *, ready: bool, slack: int) -> bytes:
    """Prometheus' text format.

    `figures` is None where the bot's own database does not answer; `environments` has that of each database,
    and `slack` the number of connections that are up.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Families([*_own(environments, figures, ready=ready, slack=slack)]))
    if figures is not None:
        registry.register(_Families([*_families(figures)]))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _own(
    environments: Mapping[str, str], figures: Figures | None, *, ready: bool, slack: int
) -> Iterator[Metric]:
    yield InfoMetricFamily(
        "secondkey_build", "Which release this is.", value={"version": version("secondkey")}
    )
    protected = InfoMetricFamily(
        "secondkey_database", "A protected database.", labels=["database", "environment"]
    )
    for name, environment in environments.items():
        protected.add_metric([name, environment], {})
    yield protected
    yield _one("secondkey_ready", "Whether /readyz says so.", ready)
    yield _one("secondkey_state_up", "Whether the bot's own database answers.", figures is not None)
    yield _one("secondkey_slack_connections", "Connections to Slack that are up.", slack)


def _families(figures: Figures) -> Iterator[Metric]:
    known = figures.databases
    yield from _backups(known)
    yield from _proofs(known)
    yield from _looks(known)
    yield from _open(known)
    yield _alerts(figures)
    yield _one("secondkey_outbox_waiting", "Messages to Slack that wait to be delivered.", figures.waiting)
    yield _one("secondkey_outbox_refused", "Messages that Slack refuses for good.", figures.refused)
    yield _ended(figures)
    yield _rows(known)


def _backups(known: Sequence[Overview]) -> Iterator[Metric]:
    newest = [(each.database, each.newest) for each in known if each.newest is not None]
    yield _each(
        "secondkey_backup_last_timestamp_seconds",
        "When the newest backup was made.",
        ((name, backup.manifest.created_at.timestamp()) for name, backup in newest),
    )
    yield _each(
        "secondkey_backup_last_size_bytes",
        "How large the newest backup's archive is.",
        ((name, backup.manifest.archive.bytes) for name, backup in newest),
    )
    yield _each(
        "secondkey_backup_last_duration_seconds",
        "How long the newest backup's dump took.",
        ((name, backup.manifest.seconds) for name, backup in newest),
    )
    yield _one_of(
        "secondkey_backup_last_level",
        "How far the newest backup is proven.",
        "level",
        Level,
        ((name, backup.holding.level) for name, backup in newest),
    )
    yield _one_of(
        "secondkey_backup_last_health",
        "How good what the newest backup holds is.",
        "health",
        Health,
        ((name, backup.holding.health) for name, backup in newest),
    )


def _proofs(known: Sequence[Overview]) -> Iterator[Metric]:
    good = [(each.database, each.newest_good) for each in known if each.newest_good is not None]
    drilled = [(each.database, each.drill) for each in known if each.drill is not None]
    yield _each(
        "secondkey_backup_last_good_timestamp_seconds",
        "When the newest backup was made that is both healthy and restore-tested.",
        ((name, backup.manifest.created_at.timestamp()) for name, backup in good),
    )
    yield _each(
        "secondkey_restore_test_last_duration_seconds",
        "How long it took to restore that backup.",
        ((name, backup.proof.restore_seconds) for name, backup in good),
    )
    yield _each(
        "secondkey_drill_last_timestamp_seconds",
        "When the last drill ended.",
        ((name, drill.at.timestamp()) for name, drill in drilled),
    )
    yield _each(
        "secondkey_drill_last_success",
        "Whether the last drill ended well.",
        ((name, drill.ok) for name, drill in drilled),
    )
    yield _each(
        "secondkey_drill_last_duration_seconds",
        "How long the restore of the last drill took, where it ended well.",
        ((name, drill.seconds) for name, drill in drilled),
    )


def _looks(known: Sequence[Overview]) -> Iterator[Metric]:
    yield _each(
        "secondkey_watch_last_look_timestamp_seconds",
        "When the watch looked last.",
        ((each.database, each.looked_at.timestamp()) for each in known if each.looked_at),
    )
    yield _each(
        "secondkey_watch_last_look_duration_seconds",
        "How long that look took.",
        ((each.database, each.look_took.total_seconds()) for each in known if each.look_took),
    )


def _open(known: Sequence[Overview]) -> Iterator[Metric]:
    for name, told, number in _OPEN:
        yield _each(name, told, ((each.database, number(each)) for each in known))


def _alerts(figures: Figures) -> Metric:
    family = GaugeMetricFamily(
        "secondkey_alerts_open",
        "Alerts that are not resolved; those about the bot itself have no database.",
        labels=["database", "severity"],
    )
    found = {"": figures.own_alerts} | {each.database: each.alerts for each in figures.databases}
    for name, alerts in found.items():
        for severity in Severity:
            family.add_metric([name, severity], sum(alert.severity is severity for alert in alerts))
    return family


def _ended(figures: Figures) -> Metric:
    family = CounterMetricFamily(
        "secondkey_operations", "Operations that ended.", labels=["database", "kind", "outcome"]
    )
    for (database, kind, outcome), count in figures.ended.items():
        family.add_metric([database, kind, outcome], count)
    return family


def _rows(known: Sequence[Overview]) -> Metric:
    family = GaugeMetricFamily(
        "secondkey_baseline_rows",
        "Rows that a table had when the baseline moved last.",
        labels=["database", "schema", "table"],
    )
    for each in known:
        for table in each.baseline.state.tables if each.baseline else ():
            if table.rows is not None:
                family.add_metric([each.database, table.name.schema, table.name.name], table.rows)
    return family


def _one(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def _each(name: str, told: str, numbers: Numbers) -> Metric:
    family = GaugeMetricFamily(name, told, labels=["database"])
    for database, number in numbers:
        if number is not None:
            family.add_metric([database], number)
    return family


def _one_of(
    name: str, told: str, label: str, all_of_them: Iterable[str], found: Iterable[tuple[str, str]]
) -> Metric:
    """1 for what it is, and 0 for everything else that it could be."""
    family, values = GaugeMetricFamily(name, told, labels=["database", label]), list(all_of_them)
    for database, is_now in found:
        for value in values:
            family.add_metric([database, value], value == is_now)
    return family
