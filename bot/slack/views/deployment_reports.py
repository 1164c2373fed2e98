"""The reports on a deployment: before it, as the gate judges, and after it, as the closing look found it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot import wording
from bot.domain.backup import Backup
from bot.domain.deploying.closing import Closing
from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.deploying.gate import Decision, Light, Override
from bot.domain.drill import last_drill
from bot.domain.findings import LOSSES, Code, Finding, Verdict
from bot.domain.observation import Observation, Unreadable
from bot.domain.outcome import Kind
from bot.domain.outcome import Outcome as Foretold
from bot.domain.schema_diff import SchemaDifference
from bot.domain.standing import applied_of
from bot.domain.state import Baseline
from bot.slack.blocks import clip, code, date, escape, prose
from bot.slack.views import common
from bot.slack.views.counts import changed, unchanged
from bot.slack.views.gatekeeping import frozen_lines, people
from bot.slack.views.reasons import in_lines

#: How many tables are named before the rest is only counted.
TABLES = 8
#: How many migrations are named.
SOME = 5
_LIGHTS = {
    Light.CLEAR: "🟢 Clear to deploy",
    Light.SECOND_PERSON: "🟠 Needs a second person",
    Light.BLOCKED: "🔴 Blocked",
    Light.OVERRIDDEN: "🟠 Overridden, open to deploy",
}
_ENDS = {
    Stage.CLOSED: "🟢 Deployed",
    Stage.ABORTED: "⚪ Aborted",
    Stage.EXPIRED: "🟠 Never closed",
    Stage.LOST: "🟠 Its process fell silent",
}

#: What a restore brings back.
LOST = {
    LOSSES | {Code.ROWS_BELOW_FLOOR}: "data is missing",
    frozenset({Code.IDENTITY_ABSENT}): "the database is gone",
    frozenset({
        Code.IDENTITY_OTHER_CLUSTER, Code.IDENTITY_OTHER_DATABASE, Code.IDENTITY_RECREATED,
        Code.IDENTITY_MARKER_MISSING, Code.IDENTITY_MARKER_FOREIGN,
    }): "it is another database",
}  # fmt: skip
DISORDER = "it is not in order"

Lines = tuple[str, ...]
Report = tuple[str, tuple[Lines, ...]]


def gate(
    deployment: Deployment,
    observation: Observation,
    decision: Decision,
    foretold: Foretold,
    backup: Backup | None,
    now: datetime,
) -> Report:
    """The pre-deployment report: a title, and its paragraphs."""
    told = in_lines(observation, decision.verdict)
    facts = (
        _identity(observation),
        _data(observation),
        _migrations(observation, foretold),
        *([f"*Rehearsal* {escape(rehearsed.told)}"] if (rehearsed := observation.rehearsed) else []),
        _backup(backup, now),
        _recovery(deployment, backup),
        *_drilled(observation, now),
    )
    searched = _searched(observation, decision.verdict)
    paragraphs = (
        *([frozen_lines(decision.freeze)] if decision.freeze else []),
        *([_overridden(decision.used_override)] if decision.used_override else []),
        *([facts, *told] if decision.light is Light.CLEAR else [*told, *searched, facts]),
        *([] if decision.light.opens else [_next(deployment, decision)]),
    )
    return _LIGHTS[decision.light], paragraphs


def closing(deployment: Deployment, found: Closing, now: datetime) -> Report:
    """The post-deployment report: the same tables before and after, and what was applied."""
    exit_code = deployment.outcome.get("exit")
    title = _ENDS[deployment.stage]
    if exit_code:
        title = f"🟠 Failed with exit code {exit_code}"
    if found.harm and not (exit_code and wrong(found.harm) == DISORDER):
        title = f"🔴 After the release {wrong(found.harm)}"
    paragraphs = (
        *([_overridden_by(deployment)] if deployment.overridden_by else []),
        _ended(deployment, found, now),
        _tables(found),
        *in_lines(found.observation, found.verdict),
    )
    return title, paragraphs


def wrong(harm: Sequence[Finding]) -> str:
    """What is wrong, in three words: the worst of it."""
    codes = {found.code for found in harm}
    told = {**LOST, frozenset({Code.IDENTITY_UNREACHABLE}): "it cannot be read"}
    return next((what for some, what in told.items() if some & codes), DISORDER)


def _searched(observation: Observation, verdict: Verdict) -> list[Lines]:
    """That missing rows were looked for, and are nowhere else: then it is no wrong schema or database."""
    if not LOSSES & set(verdict.codes()) or observation.elsewhere or observation.unsearched:
        return []
    return [("Searched: not found in the other schemas and databases of this server",)]


def _identity(observation: Observation) -> str:
    state, baseline = observation.state, observation.baseline
    if isinstance(state, Unreadable):
        return f"*Identity* not known: {escape(state.reason)}"
    if baseline is None:
        return f"*Identity* {code(state.identity.database_name)}, not pinned yet"
    ago = wording.ago(baseline.pinned_at, observation.now)
    same = state.identity.is_same_database(baseline.state.identity)
    return f"*Identity* {'same server, same database' if same else '⚠️ not what was pinned'} (pinned {ago})"


def _data(observation: Observation) -> str:
    state = observation.state
    if isinstance(state, Unreadable):
        return "*Data* not known"
    fell = [name for name, _ in changed(observation)] if observation.baseline else []
    beside = f", {wording.plural(len(fell), 'table')} changed since the baseline" if fell else ""
    return f"*Data* {common.contents(state)}{beside}"


def _migrations(observation: Observation, foretold: Foretold) -> str:
    state = observation.state
    if isinstance(state, Unreadable) or state.history is None:
        return f"*Migrations* {prose(foretold.sentence)}"
    if foretold.kind is Kind.UNKNOWN:
        return f"*Migrations* {state.history.tool}: {escape(foretold.sentence)}"
    applied = len(applied_of(state.history))
    return (
        f"*Migrations* {applied:,} applied, {len(foretold.pending):,} pending · "
        f"{state.history.tool}: {escape(foretold.sentence)}"
    )


def _backup(backup: Backup | None, now: datetime) -> str:
    if backup is None:
        return "*Backup* none"
    age = wording.ago(backup.manifest.created_at, now)
    return f"*Backup* {code(backup.id)} · {age} · {common.proof(backup)}"


def _recovery(deployment: Deployment, backup: Backup | None) -> str:
    if backup is None or not backup.proven_good:
        return "*Recovery* ⚠️ there is no proven backup to go back to"
    seconds = backup.proof.restore_seconds
    takes = (
        f"restoring takes about {wording.duration(timedelta(seconds=seconds))}" if seconds else "restorable"
    )
    return (
        f"*Recovery* {takes} (last restore test), loses what is written after "
        f"{date(backup.manifest.created_at)}: `/restore {deployment.database} {backup.id} REASON`"
    )


def _drilled(observation: Observation, now: datetime) -> Iterator[str]:
    if (drill := observation.backups.drill) is not None:
        yield f"*Drill* {escape(last_drill(drill, now))}"


def _overridden(override: Override) -> Lines:
    return (
        f"⚠️ *Overridden* by {people((override.requested_by, *override.approved_by))}",
        *common.reason(override.reason),
    )


def _overridden_by(deployment: Deployment) -> Lines:
    return (f"⚠️ *It was overridden* by {people(deployment.overridden_by)}",)


def _next(deployment: Deployment, decision: Decision) -> Lines:
    name, release = deployment.database, deployment.release
    if decision.freeze is not None:
        return ("→ Nothing is deployed until `/deploy thaw`; everything was judged all the same",)
    if decision.light is Light.SECOND_PERSON:
        return (f"→ `/deploy override {release} {name} REASON` asks a second person",)
    back = (
        f"`/restore {name} REASON` brings the data back." if _to_be_restored(name, decision.verdict) else ""
    )
    if decision.unread:
        return (f"→ Stop the release: nobody can say what it would do. {back}".rstrip(),)
    return (
        f"→ Stop the release. {back}".rstrip(),
        f"If all this is meant: `/deploy override {release} {name} REASON` asks a second person",
    )


def _to_be_restored(database: str, verdict: Verdict) -> bool:
    """Not where the rows lie elsewhere, nor where it is the release alone that leads to another database."""
    astray = {f for f in verdict.findings if f.code is Code.IDENTITY_OTHER_DATABASE and f.subject != database}
    codes = {found.code for found in verdict.findings if found not in astray}
    return Code.DATA_ELSEWHERE not in codes and any(some & codes for some in LOST)


def _ended(deployment: Deployment, found: Closing, now: datetime) -> Lines:
    outcome = deployment.outcome
    opened = deployment.opened_at or deployment.created_at
    how = [f"*Verdict* {found.verdict.outcome.value}", f"window open for {wording.duration(now - opened)}"]
    if outcome.get("seconds") is not None:
        how.append(f"command took {wording.duration(timedelta(seconds=outcome['seconds']))}")
    why = f": {escape(clip(outcome['reason'], common.REASON_CHARS))}" if outcome.get("reason") else ""
    applied = escape(wording.listed(list(found.applied), SOME))
    return (
        " · ".join(how),
        f"*Migrations* {f'{applied} applied' if applied else 'none applied'}",
        f"*Schema* {_schema(found.schema)}",
        f"Closed by {common.who(outcome['by'])}{why}",
    )


def _schema(found: SchemaDifference | None) -> str:
    if found is None:
        return "not known"
    return f"changed: {escape(wording.listed(list(found.objects), SOME))}" if found else "as it was"


def _tables(found: Closing) -> Lines:
    """Every table before and after: those that changed first."""
    if found.start is None or isinstance(found.observation.state, Unreadable):
        return ("*Rows before → after*: not known",)
    beside = replace(found.observation, baseline=Baseline.of(found.start.state))
    moved, same = changed(beside), unchanged(beside)
    rest = [f"({wording.plural(len(moved) - TABLES, 'more table')} changed)"] if len(moved) > TABLES else []
    if not moved:
        return (f"*Rows before → after*: the same in {wording.plural(len(same), 'table')}",)
    return (
        "*Rows before → after*",
        *common.figures(moved[:TABLES]),
        *rest,
        f"({wording.plural(len(same), 'table')}: same count)",
    )
