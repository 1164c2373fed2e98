"""`/deploy start`: the gate. Judges the database and the release, backs up, and opens the window."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

from psycopg import Connection
from pydantic import TypeAdapter

from bot.domain.backup import Backup, Kind, new_backup_id
from bot.domain.catalogue import default_choice
from bot.domain.deploying.deployment import Deployment, Stage, Start
from bot.domain.deploying.gate import Decision, before_the_backup, brought_about, named
from bot.domain.deploying.policy import BackupPolicy
from bot.domain.deploying.release_name import check_release
from bot.domain.findings import Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Gate, Observation, Rehearsed, Unreadable
from bot.domain.operation import Kind as OperationKind
from bot.domain.operation import Operation
from bot.domain.restoring.facts import target_of
from bot.errors import Refused
from bot.operations import backup as backing_up
from bot.operations.attempt import Attempt
from bot.operations.deploying import foretelling, windows
from bot.operations.observing import Reading, observe
from bot.operations.services import Services
from bot.operations.verify import reading_for, to_result
from bot.slack.views import deployment as view
from bot.slack.views import deployment_reports as reports
from bot.store import audit, deployments, operations

_REHEARSED = TypeAdapter(Rehearsed | None)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a release comes from, as far as whoever starts it knows."""

    #: its migrations folder; None for the configured one
    migrations: Path | None = None
    #: the schema that its connection string names, and why that leads elsewhere
    schema: str | None = None
    elsewhere: str = ""
    #: what its command did to a restored copy
    rehearsed: Rehearsed | None = None


def request(
    services: Services,
    database: str,
    release: str,
    by: str,
    source: Source = Source(),
    *,
    attended: bool = False,
) -> Operation:
    """Claim the database for a release, and hand its gate to the worker.

    `attended`: a process runs the release, and says from now on that it lives. Raises `UsageError`,
    `NotFound`, and `Refused` where another deployment of the database stands.
    """
    check_release(release)
    configured = services.database(database)
    services.repository.keys.refuse_if_lost()
    now = services.store.now()
    with services.store.transaction() as connection:
        windows.end_abandoned(services, connection)
        if (standing := deployments.claiming(connection, database)) is not None:
            raise windows.refuse_taken(standing)
        operation = operations.create(
            connection,
            kind=OperationKind.DEPLOYMENT_START,
            database=database,
            requested_by=by,
            request={
                "channel": configured.incidents,
                "release": release,
                "backup_id": new_backup_id(now),
                "kind": Kind.DEPLOYMENT,
                "reason": f"before {release}",
                "migrations": str(source.migrations.absolute()) if source.migrations else "",
                "schema": source.schema,
                "elsewhere": source.elsewhere,
                "rehearsed": _REHEARSED.dump_python(source.rehearsed, mode="json"),
            },
        )
        claimed = _claim(connection, operation, attended=attended)
        audit.append(
            connection, actor=by, action="deployment.asked", subject=database, detail={"release": release}
        )
        windows.show(services, connection, claimed)
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """One judgement decides; the report shows that one and no other."""
    services, operation = attempt.services, attempt.operation
    if services.database(operation.database).deploy.backup is BackupPolicy.FRESH:
        found, schema = _last_look(attempt)
        _conclude(attempt, found, found.backup, schema)
        return
    found = _look(attempt, backup_follows=True)
    if not _may_go_on(found):
        _conclude(attempt, found, found.backup, "")
        return
    backup = backing_up.made_and_proven(attempt)
    on_backup = backing_up.verdict_on(attempt, backup.manifest.state)
    with attempt.ending() as connection:
        backing_up.keep(connection, operation, backup, on_backup)
    found, schema = _last_look(attempt)
    _conclude(attempt, found, backup, schema)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the gate decides by."""

    observation: Observation
    verdict: Verdict
    decision: Decision
    foretold: foretelling.Foretold

    @property
    def backup(self) -> Backup | None:
        """The one to go back to, as things are."""
        return default_choice(self.observation.backups.backups).backup


def _last_look(attempt: Attempt) -> tuple[Found, str]:
    """What decides, and the schema, which is read meanwhile: a pipeline waits here."""
    with ThreadPoolExecutor(1) as aside:
        needless = Event()
        schema = aside.submit(foretelling.schema_of, attempt, needless.is_set)
        try:
            found = _look(attempt, backup_follows=False)
            return found, schema.result() if found.decision.light.opens else ""
        finally:
            # What it waits for may be locked for long, and whoever asked waits for the answer.
            needless.set()


def _look(attempt: Attempt, *, backup_follows: bool) -> Found:
    operation = attempt.operation
    return look(
        attempt.services,
        operation.database,
        operation.request["release"],
        source_in(operation.request),
        reading_for(attempt),
        backup_follows=backup_follows,
    )


def source_in(request: Mapping[str, Any]) -> Source:
    """What whoever started a release knew of it, as its operation has it."""
    folder = request["migrations"]
    return Source(
        migrations=Path(folder) if folder else None,
        schema=request["schema"],
        elsewhere=request["elsewhere"],
        rehearsed=_REHEARSED.validate_python(request["rehearsed"]),
    )


def look(
    services: Services, database: str, release: str, source: Source, reading: Reading, *, backup_follows: bool
) -> Found:
    """The database and the release as the gate judges them now; nothing is written."""
    folder = str(source.migrations) if source.migrations else ""
    gate = Gate(schema=source.schema, elsewhere=source.elsewhere, backup_follows=backup_follows)
    observation = observe(
        services, database, reading, foretelling.release_of(services.database(database), folder), gate
    )
    foretold = foretelling.foretell(observation)
    observation = replace(observation, gate=replace(gate, risks=foretold.risks), rehearsed=source.rehearsed)
    verdict = judge(observation)
    return Found(
        observation=observation,
        verdict=verdict,
        decision=decide(services, release, observation, verdict),
        foretold=foretold,
    )


def decide(services: Services, release: str, observation: Observation, verdict: Verdict) -> Decision:
    """The verdict beside what people said: a freeze, an override."""
    database, state = observation.database, observation.state
    with services.store.transaction() as connection:
        return Decision(
            verdict=verdict,
            target=None if isinstance(state, Unreadable) else target_of(state.identity),
            freeze=deployments.frozen(connection, database),
            override=deployments.override_for(connection, database, release),
        )


def _may_go_on(found: Found) -> bool:
    """Whether nothing stands in the way but what a new backup mends."""
    return replace(found.decision, verdict=before_the_backup(found.verdict)).light.opens


def _conclude(attempt: Attempt, found: Found, backup: Backup | None, schema: str) -> None:
    """Open the window, or say why it stays shut."""
    services, operation, state = attempt.services, attempt.operation, found.observation.state
    with attempt.ending() as connection:
        deployment = deployments.hold(connection, operation.id)
        if deployment.stage is not Stage.GATE:
            # It was ended meanwhile, by a restore for example, and its message says how.
            windows.show(services, connection, deployment)
            operations.finish(connection, operation.id, attempt.token, _result(found, deployment))
            return
        # Somebody may have frozen it while the backup was made, or the schema read.
        freeze = deployments.frozen(connection, operation.database)
        found = replace(found, decision=replace(found.decision, freeze=freeze))
        decision, opens = found.decision, found.decision.light.opens
        if opens and (used := decision.used_override) is not None:
            _use(connection, used.id, deployment)
        if not opens and decision.override is not None:
            _void(connection, decision)
        if opens and not isinstance(state, Unreadable):
            deployments.remember_start(connection, deployment.id, Start(state=state, schema=schema))
        deployment = _settled(deployment, found, backup, services.store.now())
        windows.save(services, connection, deployment)
        operations.finish(connection, operation.id, attempt.token, _result(found, deployment))
        audit.append(
            connection,
            actor=operation.requested_by,
            action="deployment.opened" if opens else "deployment.blocked",
            subject=operation.database,
            detail=_for_the_log(deployment, decision),
        )


def _claim(connection: Connection[Any], operation: Operation, *, attended: bool) -> Deployment:
    try:
        return deployments.create(
            connection,
            operation.id,
            database=operation.database,
            release=operation.request["release"],
            opened_by=operation.requested_by,
            attended=attended,
        )
    except deployments.Claimed:
        standing = deployments.claiming(connection, operation.database)
        if standing is None:
            raise
        raise windows.refuse_taken(standing) from None


def _settled(deployment: Deployment, found: Found, backup: Backup | None, now: datetime) -> Deployment:
    decision = found.decision
    opens, override = decision.light.opens, decision.used_override
    meant = brought_about(found.foretold.risks) if override else frozenset[str]()
    settled = replace(
        deployment,
        stage=Stage.OPEN if opens else Stage.BLOCKED,
        light=decision.light,
        findings=tuple(dict.fromkeys(map(named, decision.verdict.critical()))),
        meant=tuple(sorted(meant)),
        backup_id=backup.id if backup else "",
        override=override.id if override else "",
        overridden_by=(override.requested_by, *override.approved_by) if override else (),
        ticks=view.ticked(decision.verdict, backup) if opens else {},
    )
    foretold = found.foretold.outcome
    title, lines = reports.gate(settled, found.observation, decision, foretold, backup, now)
    return replace(settled, title=title, lines=lines)


def _use(connection: Connection[Any], override: str, deployment: Deployment) -> None:
    if not deployments.use_override(connection, override, deployment.id):
        raise Refused(
            "approval-used",
            f"the override {override} was used, or its time ended, while the gate judged; nothing was begun",
            f"`/deploy start {deployment.release} {deployment.database}` judges again",
        )


def _void(connection: Connection[Any], decision: Decision) -> None:
    """What two people said does not cover what is found by now; while nobody can look, nothing is."""
    override = decision.override
    if override is None or decision.freeze is not None or decision.unread:
        return
    if decision.void_because:
        deployments.void_override(connection, override.id, f"found since: {decision.void_because}")


def _result(found: Found, deployment: Deployment) -> dict[str, Any]:
    return {
        **to_result(found.verdict, found.observation.state),
        "light": found.decision.light,
        "release": deployment.release,
        "deployment": deployment.id,
        "backup": deployment.backup_id,
        "foretold": found.foretold.outcome.sentence,
        "frozen": found.decision.freeze is not None,
    }


def _for_the_log(deployment: Deployment, decision: Decision) -> dict[str, Any]:
    return {
        "deployment": deployment.id,
        "release": deployment.release,
        "light": decision.light,
        "codes": [code.value for code in decision.verdict.codes()],
        "backup": deployment.backup_id,
        "override": deployment.override,
    }
