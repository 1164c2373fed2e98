"""Who lets what through the gate: overrides, freezes, what stands there and what stood."""

from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.deploying.gate import ALL, Freeze, Override
from bot.domain.findings import Verdict
from bot.domain.observation import Observation
from bot.slack.blocks import Message, code, context, date, escape, section
from bot.slack.views import common
from bot.slack.views.reasons import in_lines

Lines = tuple[str, ...]


def standing(found: Sequence[Deployment], freezes: Sequence[Freeze], now: datetime) -> Message:
    """`/deploy status`: what is at the gate or open, and what is frozen."""
    lines = [
        f"*{escape(each.database)}*: {escape(each.release)} "
        f"{'at the gate' if each.stage is Stage.GATE else 'open'}, "
        f"by {common.who(each.opened_by)}, {wording.ago(each.opened_at or each.created_at, now)}"
        + (f", until {date(each.expires_at)}" if each.expires_at and not each.attended else "")
        for each in found
    ]
    lines += ["\n".join(frozen_lines(freeze)) for freeze in freezes]
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
    return (warning, *found, *in_lines(observation, verdict))


def thaw_lines(observation: Observation, verdict: Verdict, freeze: Freeze) -> tuple[Lines, ...]:
    warning = ("⚠️ Data is missing, and deployments would be let through again.",)
    return (warning, frozen_lines(freeze), *in_lines(observation, verdict))


def frozen(freeze: Freeze) -> Message:
    what = freeze.database or "every database"
    return Message(
        text=f"🧊 Deployments to {what} are frozen: {escape(freeze.reason)}",
        blocks=(section(*frozen_lines(freeze)), context("`/deploy thaw` lets them through again")),
    )


def thawing(scope: str, told_in: str, asked_in: str) -> Message:
    """The private answer: where it goes on."""
    what = "every database" if scope == ALL else scope
    text = (
        f"Looking whether data is missing from {what}: if none is, deployments are let through, and "
        f"#{told_in} is told; else a second person is asked in #{asked_in}."
    )
    return Message(text=text, blocks=(section(escape(text)),))


def thawed(scope: str, by: str, now: datetime) -> Message:
    what = "every database" if scope == ALL else scope
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
                f"Asked by {common.who(override.requested_by)}, approved by {people(override.approved_by)}"
            ),
        ),
    )


def frozen_lines(freeze: Freeze) -> Lines:
    what = escape(freeze.database or "every database")
    return (
        f"🧊 *Frozen*: {what}, by {common.who(freeze.by)}, {date(freeze.since)}",
        *common.reason(freeze.reason),
    )


def people(users: Sequence[str]) -> str:
    return ", ".join(map(common.who, users))


def _in_history(deployment: Deployment, now: datetime) -> str:
    light = "" if deployment.light is None else f" · {deployment.light}"
    verdict = deployment.outcome.get("verdict")
    harm = " · 🔴 " + ", ".join(deployment.outcome["harm"]) if deployment.harmed else ""
    ended = f" · verdict {verdict}" if verdict else ""
    return (
        f"• *{escape(deployment.release)}* {deployment.stage}{light}{ended}{harm} · "
        f"{wording.ago(deployment.created_at, now)} · {common.who(deployment.opened_by)}"
    )
