"""What `secondkey deploy` and `deployment` print and write: for people, for scripts, for a pull request."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import wording
from bot.commands import for_a_terminal
from bot.domain.deploying.deployment import Deployment, Item
from bot.domain.deploying.gate import ALL, Freeze
from bot.domain.deploying.plan import ReleasePlan
from bot.operations.verify import to_result
from bot.releasing import Released
from bot.slack.blocks import plain


def as_json(found: Released) -> dict[str, Any]:
    """A deployment as scripts read it: the verdict as `verify` gives it, `ran`, and `command_exit`.

    `command_exit` is None where the command was not run here.
    """
    deployment, ended = found.deployment, found.ended
    return {
        **found.result,
        "deployment": deployment.id,
        "release": deployment.release,
        "database": deployment.database,
        "light": deployment.light,
        "stage": deployment.stage,
        "backup": deployment.backup_id,
        "overridden_by": list(deployment.overridden_by),
        "ran": ended is not None,
        "command_exit": ended.code if ended is not None else None,
        "harm": list(deployment.outcome.get("harm", ())),
    }


def lines(found: Released) -> list[str]:
    """The report as it stands in Slack, with the commands of a terminal."""
    deployment = found.deployment
    paragraphs = [plain(for_a_terminal("\n".join(paragraph))) for paragraph in deployment.lines]
    body = [line for paragraph in paragraphs for line in (*paragraph, "")]
    return [f"{deployment.title} · {deployment.database} · {deployment.release}", *body, *_checklist(found)]


def markdown(found: Released) -> str:
    """The same for a pull request."""
    deployment = found.deployment
    title = f"## {deployment.title} · `{deployment.database}` · `{deployment.release}`"
    paragraphs = ["\n".join(f"{line}  " for line in plain("\n".join(each))) for each in deployment.lines]
    checklist = "\n".join(
        f"- [{'x' if item in deployment.ticks else ' '}] {item}{_by(found, item)}" for item in Item
    )
    return "\n\n".join((title, *paragraphs, checklist)) + "\n"


def plan_json(plan: ReleasePlan, output: Path) -> dict[str, Any]:
    """What a plan says, for scripts: the verdict as `verify` gives it, and how the gate would stand."""
    return {
        **to_result(plan.decision.verdict, plan.observation.state),
        "output": str(output),
        "release": plan.release,
        "database": plan.database,
        "light": plan.decision.light,
        "backup": plan.way_back.id if plan.way_back else "",
        "foretold": plan.foretold.sentence,
        "pending": list(plan.foretold.pending),
    }


def standing_json(found: Sequence[Deployment], freezes: Sequence[Freeze]) -> dict[str, Any]:
    """What is at the gate or open, and what keeps deployments from beginning."""
    return {"deployments": history_json(found), "frozen": [freeze_json(each) for each in freezes]}


def standing_lines(found: Sequence[Deployment], freezes: Sequence[Freeze]) -> list[str]:
    shown = [*map(_record, found), *map(freeze_line, freezes)]
    return shown or ["no deployment window is open, and nothing is frozen"]


def history_json(found: Sequence[Deployment]) -> list[dict[str, Any]]:
    """Deployments as they were recorded, in this order."""
    return [
        {
            "deployment": each.id,
            "database": each.database,
            "release": each.release,
            "stage": each.stage,
            "light": each.light,
            "opened_by": each.opened_by,
            "backup": each.backup_id,
            "overridden_by": list(each.overridden_by),
            "verdict": each.outcome.get("verdict"),
            "harm": list(each.outcome.get("harm", ())),
            "applied": list(each.outcome.get("applied", ())),
            "exit": each.outcome.get("exit"),
            "created_at": each.created_at.isoformat(),
            "opened_at": _moment(each.opened_at),
            "closed_at": _moment(each.closed_at),
        }
        for each in found
    ]


def history_lines(database: str, found: Sequence[Deployment]) -> list[str]:
    return [_record(each) for each in found] or [f"{database}: no deployment yet"]


def freeze_json(freeze: Freeze) -> dict[str, Any]:
    return {
        "scope": freeze.database or ALL,
        "by": freeze.by,
        "since": freeze.since.isoformat(),
        "reason": freeze.reason,
    }


def freeze_line(freeze: Freeze) -> str:
    scope, since = freeze.database or "every database", wording.moment(freeze.since)
    return f"frozen: {scope}, by {freeze.by} since {since}: {freeze.reason}"


def _record(deployment: Deployment) -> str:
    light = f", {deployment.light}" if deployment.light else ""
    harm = f"  WRONG AFTERWARDS: {', '.join(deployment.outcome['harm'])}" if deployment.harmed else ""
    began = wording.moment(deployment.created_at)
    return (
        f"{deployment.id}  {deployment.database}  {deployment.release}  {deployment.stage}{light}  "
        f"{began}  by {deployment.opened_by}{harm}"
    )


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _checklist(found: Released) -> list[str]:
    return [f"{'☑' if item in found.deployment.ticks else '☐'} {item}{_by(found, item)}" for item in Item]


def _by(found: Released, item: Item) -> str:
    ticked = found.deployment.ticks.get(item)
    return f" ({ticked})" if ticked else ""
