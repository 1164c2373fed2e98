"""`/deploy override`: two people let a release begin although the gate says no: once, for what they saw."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from bot.domain.approval import Plan
from bot.domain.binding import Facts
from bot.domain.deploying.deployment import Stage
from bot.domain.deploying.gate import Override, named_all
from bot.domain.deploying.release_name import check_release
from bot.domain.findings import Verdict
from bot.domain.observation import Observation, Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.restoring.facts import BoundTarget, target_of
from bot.errors import Refused
from bot.operations import approval
from bot.operations.attempt import Attempt, conclude
from bot.operations.deploying.starting import Found, Source, look, source_in
from bot.operations.observing import Reading
from bot.operations.proposing import propose, proposed
from bot.operations.services import Services
from bot.slack.views import gatekeeping as view
from bot.store import audit, deployments, operations

#: For how long the next start of that release may go through.
VALID = timedelta(minutes=30)
#: How many of the newest deployments are searched for the one that was blocked.
RECENT = 20
#: What only somebody with the release's own folder can find.
OF_A_RELEASE = frozenset({"release", "history"})


def request(services: Services, database: str, release: str, reason: str, by: str, channel: str) -> Operation:
    """Record that a release is to be let through; raises `UsageError`, `NotFound`."""
    check_release(release)
    services.database(database)
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.OVERRIDE,
            database=database,
            requested_by=by,
            request={"channel": channel, "reason": reason, "release": release},
        )
        audit.append(
            connection, actor=by, action="override.asked", subject=database, detail=operation.request
        )
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Ask a second person first; what was approved holds for the next start."""
    request = approval.found(attempt.services, attempt.operation.id)
    if request is None:
        _ask(attempt)
        return
    judged = _judged(attempt)
    approval.confirm(attempt.services, request.id, judged.facts, attempt.should_stop)
    request = approval.use_up(attempt.services, request.id, judged.facts, attempt.should_stop)
    override = Override(
        id=request.id,
        database=attempt.operation.database,
        release=judged.release,
        target=judged.target,
        findings=judged.findings,
        reason=request.reason,
        requested_by=request.requested_by,
        approved_by=request.approved_by,
        valid_until=attempt.services.store.now() + VALID,
    )
    _grant(attempt, override)


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What the gate says no to."""

    release: str
    target: BoundTarget
    observation: Observation
    verdict: Verdict
    #: of the last time that this release was at the gate, where its folder cannot be read here: as `named`
    carried: tuple[str, ...]

    @property
    def findings(self) -> frozenset[str]:
        return named_all(self.verdict) | frozenset(self.carried)

    @property
    def facts(self) -> Facts:
        """Exactly what is overridden: this release, on this very database, and these findings."""
        bound = {"release": self.release, "target": asdict(self.target), "findings": sorted(self.findings)}
        return Facts(bound=bound, losses={})


def _judged(attempt: Attempt) -> _Judged:
    """As the gate judges. A pipeline's folder is not here: what it found there is taken from its report.

    Raises `Refused` where the database cannot be read.
    """
    services, operation = attempt.services, attempt.operation
    name, release = operation.database, operation.request["release"]
    last, source = _last_at_the_gate(services, name, release)
    folder_is_here = source.migrations is None or source.migrations.is_dir()
    reading = Reading(purpose=attempt.purpose, should_stop=attempt.should_stop)
    known_here = source if folder_is_here else replace(source, migrations=None)
    found = look(services, name, release, known_here, reading, backup_follows=False)
    target, verdict = _readable(found), found.verdict
    carried: tuple[str, ...] = ()
    if not folder_is_here:
        verdict = Verdict(
            findings=tuple(each for each in verdict.findings if each.code.group not in OF_A_RELEASE)
        )
        carried = tuple(each for each in last if each.partition(".")[0] in OF_A_RELEASE)
    return _Judged(
        release=release, target=target, observation=found.observation, verdict=verdict, carried=carried
    )


def _readable(found: Found) -> BoundTarget:
    state, name = found.observation.state, found.observation.database
    if isinstance(state, Unreadable):
        raise Refused(
            "target-unreachable",
            f"{name} cannot be read, and nobody can override that: {state.reason}; nothing was let through",
            state.hint,
        )
    return target_of(state.identity)


def _last_at_the_gate(services: Services, name: str, release: str) -> tuple[tuple[str, ...], Source]:
    """What was found the last time that the gate was shut to this release, and what was known of it then."""
    with services.store.transaction() as connection:
        for each in deployments.newest(connection, [name], RECENT):
            if each.release == release and each.stage is Stage.BLOCKED:
                return each.findings, source_in(operations.load(connection, each.id).request)
    return (), Source()


def _ask(attempt: Attempt) -> None:
    services, operation = attempt.services, attempt.operation
    name, release = operation.database, operation.request["release"]
    request = proposed(attempt)
    if request is None:
        judged = _judged(attempt)
        _refuse_needless(judged, name)
        _refuse_without_slack(services, name, release)
        plan = Plan(
            kind=Kind.OVERRIDE,
            database=name,
            title=f"Override requested · {name} ({services.database(name).environment}) · {release}",
            lines=view.override_lines(judged.observation, judged.verdict, release, judged.carried),
            facts=judged.facts,
            act={"release": release},
            again=f"/deploy override {release} {name} REASON",
        )
        request = propose(attempt, plan)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})


def _grant(attempt: Attempt, override: Override) -> None:
    operation = attempt.operation
    with attempt.ending() as connection:
        until = deployments.save_override(connection, override, VALID)
        operations.finish(connection, operation.id, attempt.token, {"override": override.id})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="override.granted",
            subject=operation.database,
            detail={
                "release": override.release,
                "findings": sorted(override.findings),
                "approved_by": list(override.approved_by),
            },
        )
        conclude(connection, operation, view.override_granted(replace(override, valid_until=until)))


def _refuse_needless(judged: _Judged, name: str) -> None:
    if not judged.findings:
        raise Refused(
            "nothing-to-override",
            f"the gate does not say no to {judged.release} on {name}: there is nothing to override",
            f"`/deploy start {judged.release} {name}`",
        )


def _refuse_without_slack(services: Services, name: str, release: str) -> None:
    if services.directory is None:
        raise Refused(
            "second-key-needed",
            f"overriding the gate of {name} takes a second person, who decides in Slack; nothing was asked",
            f"ask in Slack: `/deploy override {release} {name} REASON`",
        )
