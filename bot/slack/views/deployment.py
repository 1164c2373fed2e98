"""One message for one deployment: the report before, its checklist, and the report after it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot import wording
from bot.domain.backup import Backup
from bot.domain.deploying.closing import Closing
from bot.domain.deploying.deployment import CLAIMING, ENDINGS, Deployment, Item, Stage
from bot.domain.deploying.gate import Decision, Freeze, Light, Override
from bot.domain.findings import LOSSES, Code, Finding, Severity, Verdict, in_danger
from bot.domain.observation import Observation, Unreadable
from bot.domain.outcome import Outcome as Foretold
from bot.domain.schema_diff import SchemaDifference
from bot.domain.standing import applied_of
from bot.domain.state import Baseline, State
from bot.slack.blocks import (
    Block,
    Button,
    Message,
    actions,
    clip,
    code,
    context,
    date,
    escape,
    fenced,
    header,
    prose,
    section,
)
from bot.slack.views import common
from bot.slack.views.counts import changed, unchanged
from bot.slack.views.losses import in_short
from bot.slack.views.reasons import in_full, in_passing, reasons

#: How many tables are named before the rest is only counted.
TABLES = 8
#: How many migrations are named.
SOME = 5
#: How many codes a notification names.
CODES = 3
#: Groups of findings that tick an item of the checklist where none of them is critical.
_DATA = frozenset({"identity", "baseline", "schema", "rows", "data", "check"})
_HISTORY = frozenset({"history", "release"})
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
_LOST = {
    LOSSES | {Code.ROWS_BELOW_FLOOR}: "data is missing",
    frozenset({Code.IDENTITY_ABSENT}): "the database is gone",
    frozenset({
        Code.IDENTITY_OTHER_CLUSTER, Code.IDENTITY_OTHER_DATABASE, Code.IDENTITY_RECREATED,
        Code.IDENTITY_MARKER_MISSING, Code.IDENTITY_MARKER_FOREIGN,
    }): "it is another database",
}  # fmt: skip
_DISORDER = "it is not in order"

Lines = tuple[str, ...]
Report = tuple[str, tuple[Lines, ...]]


def drawn(deployment: Deployment) -> Message:
    """The message as it stands."""
    title = deployment.title or "⏳ At the gate"
    heading = f"{title} · {deployment.database} · {deployment.release}"
    lines = deployment.lines or (("The database, the release and its backups are being judged.",),)
    return Message(
        text=_notification(heading, deployment),
        blocks=(
            header(heading),
            *(section(*paragraph) for paragraph in lines),
            *([section(_checklist(deployment))] if deployment.ticks else []),
            context(_footer(deployment)),
            *_buttons(deployment),
        ),
    )


def gate(
    deployment: Deployment,
    observation: Observation,
    decision: Decision,
    foretold: Foretold,
    backup: Backup | None,
    now: datetime,
) -> Report:
    """The pre-deployment report: a title, and its paragraphs."""
    told = _reasons(observation, decision.verdict)
    facts = (
        _identity(observation),
        _data(observation),
        _migrations(observation, foretold),
        *([f"*Rehearsal* {escape(rehearsed.told)}"] if (rehearsed := observation.rehearsed) else []),
        _backup(backup, now),
        _recovery(deployment, backup),
    )
    searched = _searched(observation, decision.verdict)
    paragraphs = (
        *([_frozen(decision.freeze)] if decision.freeze else []),
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
    if found.harm and not (exit_code and _wrong(found.harm) == _DISORDER):
        title = f"🔴 After the release {_wrong(found.harm)}"
    paragraphs = (
        *([_overridden_by(deployment)] if deployment.overridden_by else []),
        _ended(deployment, found, now),
        _tables(found),
        *_reasons(found.observation, found.verdict),
    )
    return title, paragraphs


def alarm(deployment: Deployment, observation: Observation, harm: Sequence[Finding]) -> Message:
    """It wakes people: what is wrong, since when, and the way back."""
    title = f"🔴 {deployment.database}: {_wrong(harm)} after {deployment.release}"
    lost = in_short(observation, list(harm)) or _codes(harm)
    return Message(
        text=f"{title}: {lost}",
        blocks=(
            header(title),
            *(section(*paragraph) for paragraph in _reasons(observation, Verdict(findings=tuple(harm)))),
            section(*_first_actions(deployment, harm)),
            context(f"Deployment {deployment.id}"),
            actions(*_way_back(deployment), common.verify_again(deployment.database)),
        ),
    )


def _first_actions(deployment: Deployment, harm: Sequence[Finding]) -> Lines:
    name, began = deployment.database, date(deployment.opened_at or deployment.created_at)
    away = f"→ `/traffic stop {name} REASON` keeps everybody away, by one person"
    if _wrong(harm) not in _LOST.values():
        return (f"It was not so {began}, before the release.", away)
    back = f"→ `/restore {name} {deployment.backup_id} REASON` brings it back, with two"
    return (f"It was there {began}, before the release.", away, back)


def _wrong(harm: Sequence[Finding]) -> str:
    """What is wrong, in three words: the worst of it."""
    codes = {found.code for found in harm}
    told = {**_LOST, frozenset({Code.IDENTITY_UNREACHABLE}): "it cannot be read"}
    return next((what for some, what in told.items() if some & codes), _DISORDER)


def output(text: str) -> Message:
    """What the release's command said last; secrets are out of it."""
    return Message(text="What the command said", blocks=(section("*What the command said*"), fenced(text)))


def schema(found: SchemaDifference) -> Message:
    """What changed, as a diff of what `pg_dump --schema-only` writes."""
    title = f"What changed in the schema: {wording.plural(len(found.objects), 'object')}"
    return Message(text=title, blocks=(section(f"*{title}*"), fenced(found.text)))


def ticked(verdict: Verdict, backup: Backup | None) -> dict[str, str]:
    """What the gate ticks on the checklist."""
    critical = {found.code.group for found in verdict.critical()}
    ticks = {}
    if backup is not None:
        ticks[Item.BACKUP.value] = backup.id
    if not critical & _DATA:
        ticks[Item.DATA.value] = "by the gate"
    if not critical & _HISTORY:
        ticks[Item.HISTORY.value] = "by the gate"
    if backup is not None and backup.proven_good:
        ticks[Item.RECOVERY.value] = "in this report"
    return ticks


def standing(found: Sequence[Deployment], freezes: Sequence[Freeze], now: datetime) -> Message:
    """`/deploy status`: what is at the gate or open, and what is frozen."""
    claiming = [each for each in found if each.stage in CLAIMING]
    lines = [
        f"*{escape(each.database)}*: {escape(each.release)} "
        f"{'at the gate' if each.stage is Stage.GATE else 'open'}, "
        f"by {common.who(each.opened_by)}, {wording.ago(each.opened_at or each.created_at, now)}"
        + (f", until {date(each.expires_at)}" if each.expires_at and not each.attended else "")
        for each in claiming
    ]
    lines += ["\n".join(_frozen(freeze)) for freeze in freezes]
    shown = lines or ["No deployment window is open, and nothing is frozen."]
    return Message(text=shown[0], blocks=(section(*shown),))


def history(database: str, found: Sequence[Deployment], now: datetime) -> Message:
    """`/deploy history`: the newest first."""
    title = f"Deployments of {database}"
    if not found:
        return Message(text=f"{title}: none yet", blocks=(section(f"*{escape(title)}*: none yet"),))
    return Message(
        text=f"{title}: {found[0].release} {found[0].stage}",
        blocks=(section(f"*{escape(title)}*", *(_in_history(each, now) for each in found)),),
    )


def override_lines(
    observation: Observation, verdict: Verdict, release: str, carried: Sequence[str]
) -> tuple[Lines, ...]:
    """What a second person decides by: what the gate says no to; `carried` is what a pipeline found."""
    warning = (
        f"⚠️ The gate says no to {code(release)}.",
        "Approved, its next start within 30 minutes goes through, once; a new finding voids that.",
    )
    found = [("*Found by the pipeline*", *(f"• {escape(each)}" for each in carried))] if carried else []
    return (warning, *found, *_reasons(observation, verdict))


def thaw_lines(observation: Observation, verdict: Verdict, freeze: Freeze) -> tuple[Lines, ...]:
    warning = ("⚠️ Data is missing, and deployments would be let through again.",)
    return (warning, _frozen(freeze), *_reasons(observation, verdict))


def frozen(freeze: Freeze) -> Message:
    what = freeze.database or "every database"
    return Message(
        text=f"🧊 Deployments to {what} are frozen: {freeze.reason}",
        blocks=(section(*_frozen(freeze)), context("`/deploy thaw` lets them through again")),
    )


def thawed(scope: str, by: str, now: datetime) -> Message:
    what = "every database" if scope == "all" else scope
    return Message(
        text=f"Deployments to {what} are let through again",
        blocks=(
            section(f"Deployments to *{escape(what)}* are let through again."),
            context(f"Thawed by {common.who(by)} · {date(now)}"),
        ),
    )


def override_granted(override: Override) -> Message:
    title = f"🟠 {override.release} may begin on {override.database}"
    return Message(
        text=f"{title}, until {wording.moment(override.valid_until)}",
        blocks=(
            section(
                f"*{escape(title)}*, once, until {date(override.valid_until)}",
                f"→ `/deploy start {override.release} {override.database}`, or run the pipeline again",
            ),
            context(
                f"Asked by {common.who(override.requested_by)}, approved by {_people(override.approved_by)}"
            ),
        ),
    )


def _notification(heading: str, deployment: Deployment) -> str:
    codes = deployment.findings if not deployment.closed_at or deployment.stage is Stage.BLOCKED else ()
    shown = list(dict.fromkeys(each.partition(" ")[0] for each in codes))[:CODES]
    return f"{heading}{': ' if shown else ''}{', '.join(shown)}"


def _checklist(deployment: Deployment) -> str:
    done = deployment.ticks
    return "*Checklist* " + " ".join(
        f"☑ {item} ({common.who(done[item]) if item is Item.TESTED else escape(done[item])})"
        if item in done
        else f"☐ {item}"
        for item in Item
    )


def _footer(deployment: Deployment) -> str:
    parts = [f"Started by {common.who(deployment.opened_by)}"]
    if deployment.stage is Stage.OPEN and deployment.expires_at and not deployment.attended:
        parts.append(f"open until {date(deployment.expires_at)}")
    if deployment.stage in (Stage.OPEN, *ENDINGS):
        parts.append("✅ below this message ticks “application tested”")
    return " · ".join((*parts, deployment.id))


def _buttons(deployment: Deployment) -> list[Block]:
    name = deployment.database
    buttons: list[Button] = []
    if deployment.harmed or _in_danger(deployment):
        buttons += _way_back(deployment)
    if deployment.stage is Stage.BLOCKED:
        buttons.append(
            Button(
                label="Ask a second person",
                action="deploy_override",
                value=f"{deployment.release} {name}",
            )
        )
    if deployment.stage is Stage.BLOCKED or deployment.harmed:
        buttons.append(common.verify_again(name))
    return [actions(*buttons)] if buttons else []


def _in_danger(deployment: Deployment) -> bool:
    codes = (Code(each.partition(" ")[0]) for each in deployment.findings)
    return deployment.stage is Stage.BLOCKED and in_danger(codes)


def _way_back(deployment: Deployment) -> list[Button]:
    """It asks, and a second person decides; the form behind it wants a reason."""
    if not deployment.backup_id:
        return []
    return [Button(label="Prepare restore", action="restore_this", value=deployment.backup_id, primary=True)]


def _reasons(observation: Observation, verdict: Verdict) -> list[Lines]:
    """What blocks in full; the rest, a line for each."""
    worth = [reason for reason in reasons(verdict) if reason[0].severity is not Severity.INFORMATION]
    urgent = [reason for reason in worth if reason[0].severity is Severity.CRITICAL]
    waiting = [reason for reason in worth if reason not in urgent]
    blocks = [*in_full(observation, urgent), *in_passing(waiting)]
    return [tuple(block["text"]["text"].split("\n")) for block in blocks]


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
    pinned = baseline.state.identity
    same = (pinned.system_identifier, pinned.database_oid) == (
        state.identity.system_identifier,
        state.identity.database_oid,
    )
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


def _frozen(freeze: Freeze) -> Lines:
    what = escape(freeze.database or "every database")
    return (
        f"🧊 *Frozen*: {what}, by {common.who(freeze.by)}, {date(freeze.since)}",
        *common.reason(freeze.reason),
    )


def _overridden(override: Override) -> Lines:
    return (
        f"⚠️ *Overridden* by {_people((override.requested_by, *override.approved_by))}",
        *common.reason(override.reason),
    )


def _overridden_by(deployment: Deployment) -> Lines:
    return (f"⚠️ *It was overridden* by {_people(deployment.overridden_by)}",)


def _people(people: Sequence[str]) -> str:
    return ", ".join(map(common.who, people))


def _next(deployment: Deployment, decision: Decision) -> Lines:
    name, release = deployment.database, deployment.release
    if decision.freeze is not None:
        return ("→ Nothing is deployed until `/deploy thaw`; everything was judged all the same",)
    if decision.light is Light.SECOND_PERSON:
        return (f"→ `/deploy override {release} {name} REASON` asks a second person",)
    codes = set(decision.verdict.codes())
    back = f"`/restore {name} REASON` brings the data back." if any(some & codes for some in _LOST) else ""
    if decision.unread:
        return (f"→ Stop the release: nobody can say what it would do. {back}".rstrip(),)
    return (
        f"→ Stop the release. {back}",
        f"If all this is meant: `/deploy override {release} {name} REASON` asks a second person",
    )


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
    beside = replace(found.observation, baseline=_as_baseline(found.start.state))
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


def _as_baseline(state: State) -> Baseline:
    return Baseline(state=state, pinned_at=state.taken_at, pinned_by="")


def _in_history(deployment: Deployment, now: datetime) -> str:
    light = "" if deployment.light is None else f" · {deployment.light}"
    verdict = deployment.outcome.get("verdict")
    harm = " · 🔴 " + ", ".join(deployment.outcome["harm"]) if deployment.harmed else ""
    ended = f" · verdict {verdict}" if verdict else ""
    return (
        f"• *{escape(deployment.release)}* {deployment.stage}{light}{ended}{harm} · "
        f"{wording.ago(deployment.created_at, now)} · {common.who(deployment.opened_by)}"
    )


def _codes(found: Sequence[Finding]) -> str:
    return wording.listed(list(dict.fromkeys(each.code.value for each in found)), CODES)
