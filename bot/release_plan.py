"""The plan of a release as a document: real values and commands, boxes to be ticked, and no secret."""

import shlex
from collections.abc import Iterable, Sequence

from bot import wording
from bot.domain.backup import Backup
from bot.domain.catalogue import default_choice
from bot.domain.deploying import runbook
from bot.domain.deploying.gate import Light
from bot.domain.deploying.plan import ReleasePlan, would_change, would_lose
from bot.domain.deploying.runbook import Step
from bot.domain.drill import last_drill
from bot.domain.findings import Finding
from bot.domain.observation import Unreadable
from bot.domain.outcome import Kind
from bot.domain.redaction import redacted
from bot.domain.restoring.changes import Change
from bot.domain.restoring.traffic import Command
from bot.domain.standing import applied_of
from bot.domain.state import State
from bot.slack.views import common

#: How many tables are named before the rest is only counted.
TABLES = 50
_LIGHTS = {
    Light.CLEAR: "clear, the release may begin",
    Light.SECOND_PERSON: "a second person has to say yes to what the release would do",
    Light.BLOCKED: "blocked, the release may not begin",
    Light.OVERRIDDEN: "overridden by two people, for one start",
}
#: The release checklist: what people tick, and what tells them.
_CHECKLIST = (
    (
        "Before",
        (
            "A backup was made, and proven by restoring it",
            "The data was verified: right database, every table as expected",
            "The migration status was checked: what is pending is what is meant",
            "The recovery plan is written down: this document, read by whoever would carry it out",
        ),
    ),
    (
        "During",
        (
            "Counts were recorded before the release",
            "The migrations were applied",
            "Counts were compared, table by table",
        ),
    ),
    (
        "After",
        (
            "The database was verified again",
            "The application was tested, by: ",
            "No loss was confirmed, by: ",
        ),
    ),
)


def markdown(plan: ReleasePlan) -> str:
    """The whole document."""
    parts = (
        _head(plan),
        _at_stake(plan),
        _would_do(plan),
        _gate(plan),
        _way_back(plan),
        _commands(plan),
        _recovery(plan),
        _people(plan),
        _checklist(),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(plan: ReleasePlan) -> list[str]:
    return [
        f"# Release plan: {_code(plan.release)} on {_code(plan.database)} ({_text(plan.environment)})",
        "",
        f"As it stood at {wording.moment(plan.observation.now)}. For this nothing was written or backed up.",
        "The gate looks again when the release begins, and decides by what it finds then.",
        "",
        f"**The gate now:** {_LIGHTS[plan.decision.light]}.",
    ]


def _at_stake(plan: ReleasePlan) -> list[str]:
    title, state = ["## What is at stake", ""], plan.state
    if state is None:
        return [*title, f"Not known: {_unreadable(plan)}"]
    found, version = state.identity, wording.version(state.identity.server_version)
    return [
        *title,
        f"- Database {_code(found.database_name)}, oid {found.database_oid}",
        f"- Server {found.system_identifier}, PostgreSQL {version}",
        f"- Identity: {_identity(plan, state)}",
        f"- Holds {common.contents(state)}, {wording.size(state.size_bytes)}",
        "",
        *_table(("table", "rows now", "accepted as good"), _rows(plan, state)),
    ]


def _identity(plan: ReleasePlan, state: State) -> str:
    baseline = plan.observation.baseline
    if baseline is None:
        return "not pinned, nobody has accepted this database yet"
    same = state.identity.is_same_database(baseline.state.identity)
    what = "the same server and database" if same else "**not the server and database that were pinned**"
    return f"{what}, pinned {wording.ago(baseline.pinned_at, plan.observation.now)}"


def _rows(plan: ReleasePlan, state: State) -> Sequence[tuple[str, ...]]:
    """Tables that are gone, then the largest first."""
    now, good = state.counts(), plan.observation.baseline
    before = good.state.counts() if good else {}
    names = sorted(now | before, key=lambda name: (name in now, -(now.get(name) or 0), name))
    rows = [
        (
            _code(name.short),
            _number(now[name]) if name in now else "**gone**",
            _number(before[name]) if name in before else "-",
        )
        for name in names
    ]
    return _shortened(rows)


def _would_do(plan: ReleasePlan) -> list[str]:
    release, foretold = plan.observation.release, plan.foretold
    known = foretold.kind is not Kind.UNKNOWN
    pending = [_code(name) for name in foretold.pending]
    risks = [
        f"{_code(risk.place)}: {_text(f'{risk.hazard.kind} {risk.hazard.subject}')}, {_code(risk.statement)}"
        for risk in plan.risks
    ]
    return [
        "## What the release would do",
        "",
        f"- Migrations folder: {_code(release.directory) if release else 'not known, none is named'}",
        f"- History: {_history(plan)}",
        f"- Foretold: {_text(foretold.sentence)}",
        *_listed("Pending", pending, known=known),
        *_listed("Destructive or unreadable SQL in what is pending", risks, known=known),
        "- Where the release's connection string leads is not known here: `secondkey deploy` compares it",
    ]


def _history(plan: ReleasePlan) -> str:
    if plan.state is None:
        return "not known, the database cannot be read"
    found = plan.state.history
    if found is None:
        return "none was found in the database"
    if found.problem:
        return f"not known, {_text(found.problem)}"
    applied = wording.plural(len(applied_of(found)), "migration")
    return f"{found.tool}, {applied} applied, in {_code(found.table)}"


def _gate(plan: ReleasePlan) -> list[str]:
    freeze, override = plan.decision.freeze, plan.decision.override
    findings = [_finding(found) for found in plan.decision.verdict.findings]
    backup = (
        "makes and proves a new backup" if plan.makes_backup else "needs a backup that is fresh and proven"
    )
    rehearsal = ["- It runs the release's command on a restored copy first"] if plan.rehearses else []
    return [
        "## What the gate says",
        "",
        *rehearsal,
        f"- It {backup}, and keeps its window open for {wording.duration(plan.window)} at most",
        *([f"- **Frozen** by {_code(freeze.by)}: {_text(freeze.reason)}"] if freeze else []),
        *([f"- Overridden until {wording.moment(override.valid_until)}"] if override else []),
        *(findings or ["- It found nothing to say"]),
    ]


def _finding(found: Finding) -> str:
    hint = f" → {_text(found.hint)}" if found.hint else ""
    return f"- {found.severity} {_code(found.code.value)} {_code(found.subject)} {_text(found.detail)}{hint}"


def _way_back(plan: ReleasePlan) -> list[str]:
    title, backups = ["## The way back", ""], plan.observation.backups
    if backups.unreadable is not None:
        return [*title, f"Not known: {_text(backups.unreadable.reason)}"]
    new = "The gate makes a new one right before the release: its report names it, and it is taken then."
    passed_over = [
        f"- Newer, and passed over: {_code(backup.id)}, {_text(why)}"
        for backup, why in default_choice(backups.backups).passed_over
    ]
    backup = plan.way_back
    found = _backup(plan, backup) if backup else ["**There is no backup that is proven good.**"]
    return [*title, *([new, ""] if plan.makes_backup else []), *found, *passed_over]


def _backup(plan: ReleasePlan, backup: Backup) -> list[str]:
    manifest, seconds = backup.manifest, backup.proof.restore_seconds
    made_at, ago = wording.moment(manifest.created_at), wording.ago(manifest.created_at, plan.observation.now)
    takes = f"about {wording.duration(seconds)}, as its restore test did" if seconds else "not known"
    return [
        f"- Backup {_code(backup.id)}, {wording.size(manifest.archive.bytes)}, made {made_at}, {ago}",
        f"- Level and health: {common.proof(backup)}",
        f"- Holds {common.contents(manifest.state)}",
        f"- Restoring it takes {takes}, beside the live database; traffic is away for the swap alone",
        f"- Drills: {_text(last_drill(plan.observation.backups.drill, plan.observation.now))}",
        f"- Restoring it loses what is written after {made_at}; until now {_written(plan, backup)}",
        *_differences(would_change(plan, backup), known=plan.state is not None),
    ]


def _written(plan: ReleasePlan, backup: Backup) -> str:
    lost = would_lose(plan, backup)
    if lost is None:
        return "that is not known"
    inserted = wording.plural(lost.inserted, "row")
    return (
        f"{inserted} inserted, {lost.updated:,} updated, {lost.deleted:,} deleted, by the server's counters"
    )


def _differences(found: Sequence[Change], *, known: bool) -> list[str]:
    if not known:
        return ["- Differences to what is there now: not known"]
    if not found:
        return ["- Every table holds as many rows as there are now"]
    rows = [(_code(each.table.short), _number(each.now), _number(each.then)) for each in found]
    return ["", *_table(("table", "rows now", "rows restored"), _shortened(rows))]


def _commands(plan: ReleasePlan) -> list[str]:
    stages = (
        ("Before", runbook.before(plan)),
        ("During", runbook.during(plan)),
        ("After", runbook.after(plan)),
    )
    lines = ["## Commands, in their order", ""]
    for title, steps in stages:
        lines += [f"### {title}", "", *_steps(steps)]
    known = runbook.apply(plan) != "COMMAND"
    told = "is what its tool usually takes" if known else "is not known: put your own for `COMMAND`"
    return [
        *lines,
        f"What stands behind `--` {told}. Secrets come from the environment, never from a command.",
    ]


def _recovery(plan: ReleasePlan) -> list[str]:
    stop = "; ".join(map(_words, plan.traffic.stop))
    start = "; ".join(map(_words, plan.traffic.start))
    fence = "the fence alone (no command is configured): no new connections, sessions ended"
    return [
        "## If it goes wrong",
        "",
        "First actions within five minutes; the first three take one person.",
        "Slack has the same, as `/traffic`, `/deploy`, `/verify` and `/restore`.",
        "",
        *_steps(runbook.recovery(plan)),
        f"- Traffic is stopped by {stop or fence}",
        f"- Traffic is started by {start or 'lifting the fence'}",
        "- The database that is swapped out is kept: `secondkey restore undo` brings it back",
        "- Without Secondkey or Slack: docs/without-secondkey.md",
    ]


def _people(plan: ReleasePlan) -> list[str]:
    people = plan.people
    asking = ", ".join(map(_code, people.requesters)) or f"full members in {_code('#' + people.channel)}"
    needed = wording.plural(people.approvals, "approval")
    return [
        "## Who decides, and where it is told",
        "",
        f"- May ask: {asking}",
        f"- May approve: {', '.join(map(_code, people.approvers))}",
        f"- Needed: {needed}, not the requester's, and one more where it was asked in a terminal",
        f"- Requests: {_code('#' + people.channel)}. Reports and alarms: {_code('#' + people.incidents)}",
        "- Stakeholders and customers: told by: ",
    ]


def _checklist() -> list[str]:
    lines = ["## Checklist"]
    for stage, items in _CHECKLIST:
        lines += ["", f"**{stage}**", "", *(f"- [ ] {item}".rstrip() for item in items)]
    return lines


def _steps(steps: Iterable[Step]) -> list[str]:
    """Each with its command below it, and a blank line behind."""
    lines = []
    for number, step in enumerate(steps, 1):
        command = [f"       {wording.visible(step.command)}", ""] if step.command else []
        lines += [f"{number}. {step.what}", "", *command]
    return lines


def _listed(title: str, items: Sequence[str], *, known: bool) -> list[str]:
    if not items:
        return [f"- {title}: {'none' if known else 'not known'}"]
    return [f"- {title}:", *(f"  - {item}" for item in items)]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = (head, ("---", *("---:" for _ in head[1:])), *rows)
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _shortened(rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    more = len(rows) - TABLES
    return rows if more <= 0 else [*rows[:TABLES], (f"and {wording.plural(more, 'more table')}", "", "")]


def _number(rows: int | None) -> str:
    return "not counted" if rows is None else wording.count(rows)


def _unreadable(plan: ReleasePlan) -> str:
    state = plan.observation.state
    if not isinstance(state, Unreadable):
        return ""
    return _text(f"{state.reason}; {state.hint}" if state.hint else state.reason)


def _words(command: Command) -> str:
    return _code(redacted(shlex.join(command)))


def _code(text: str) -> str:
    """Text of others as it is: no markup, and no end of a table's cell."""
    return "`" + wording.visible(text).replace("`", "ˋ").replace("|", "\\|") + "`"


def _text(text: str) -> str:
    """Prose, in which others' words may stand; code spans stay."""
    shown = wording.visible(" ".join(text.split()))
    return redacted(shown).replace("<", "&lt;").replace("|", "\\|")
