"""What `secondkey deploy` prints and writes: for people, for scripts, and for a pull request."""

from typing import Any

from bot.domain.deploying.deployment import Item
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
    """The report as it stands in Slack."""
    deployment = found.deployment
    paragraphs = [plain("\n".join(paragraph)) for paragraph in deployment.lines]
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


def _checklist(found: Released) -> list[str]:
    return [f"{'☑' if item in found.deployment.ticks else '☐'} {item}{_by(found, item)}" for item in Item]


def _by(found: Released, item: Item) -> str:
    ticked = found.deployment.ticks.get(item)
    return f" ({ticked})" if ticked else ""
