"""What is said of a release that was run although nobody could judge it."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.deploying.closing import Closing
from bot.domain.deploying.deployment import Deployment
from bot.domain.findings import Finding
from bot.slack.blocks import Message, context, escape, header, section
from bot.slack.views import common, deployment_reports

Lines = tuple[str, ...]


def begun(reason: str) -> deployment_reports.Report:
    """Before the command; `reason` says why nobody could judge it."""
    return "🟠 Runs unjudged", (_warning(reason),)


def over(done: Deployment, found: Closing, now: datetime, reason: str) -> deployment_reports.Report:
    """The report after it: the same as of any other release, and the warning first."""
    title, paragraphs = deployment_reports.closing(done, found, now)
    well = not found.harm and not done.outcome["exit"]
    return "🟠 Deployed unjudged" if well else title, (_warning(reason), *paragraphs)


def drawn(done: Deployment) -> Message:
    """The message as it stands; it has no buttons, for the deployment is on no record."""
    heading = f"{done.title} · {done.database} · {done.release}"
    return Message(
        text=heading,
        blocks=(
            header(heading),
            *(section(*paragraph) for paragraph in done.lines),
            context(f"Started by {common.who(done.opened_by)} · on no record"),
        ),
    )


def alarm(done: Deployment, harm: Sequence[Finding]) -> Message:
    """It wakes people: what the closing report found, and the next moves."""
    name = done.database
    title = f"🔴 {name}: {deployment_reports.wrong(harm)} after {done.release}"
    codes = ", ".join(found.code.value for found in harm)
    return Message(
        text=f"{title}: {codes}",
        blocks=(
            header(title),
            section(
                f"Nobody judged it: the bot's own state was away. Found afterwards: {escape(codes)}",
                f"→ `/traffic stop {name} REASON` keeps everybody away, by one person",
                f"→ `/restore {name} REASON` brings it back, with two, as soon as the bot's state answers",
            ),
        ),
    )


def _warning(reason: str) -> Lines:
    return (
        f"⚠️ *Nobody judged it*: {escape(reason)}",
        "Baseline, backup, freezes and other deployments are not known; `on_unreachable` is `warn`.",
    )
