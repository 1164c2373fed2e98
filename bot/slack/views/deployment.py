"""One message for one deployment, with its checklist, and what is said in its thread."""

from bot import wording
from bot.domain.backup import Backup
from bot.domain.deploying.deployment import ENDINGS, Deployment, Item, Stage
from bot.domain.findings import Code, Verdict, in_danger
from bot.domain.schema_diff import SchemaDifference
from bot.slack.blocks import Block, Button, Message, actions, context, date, escape, fenced, header, section
from bot.slack.views import common

#: How many codes a notification names.
CODES = 3
#: Groups of findings that tick an item of the checklist where none of them is critical.
_DATA = frozenset({"identity", "baseline", "schema", "rows", "data", "check"})
_HISTORY = frozenset({"history", "release"})

Lines = tuple[str, ...]


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
        buttons += common.prepare_restore(deployment.backup_id)
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
