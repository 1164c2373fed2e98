"""What is said about an incident while it lasts: notes, updates, reminders, drafts."""

import json
from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain.deploying.gate import Freeze
from bot.domain.findings import Finding
from bot.domain.incidents.incident import Incident, Role
from bot.domain.incidents.timeline import Entry, Source
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
    escape_lines,
    form,
    paragraphs,
    prose,
    section,
    sections,
)
from bot.slack.views import common
from bot.slack.views.losses import shortly

#: How much of an entry of the timeline is shown.
LINE = 300


def lines(entries: Sequence[Entry]) -> list[str]:
    """A timeline, a line for each entry."""
    return [_entry(each) for each in entries]


def words_form(words: str, label: str, channel: str, most: int) -> Block:
    """Asks for the words that were left out, so many characters at most; `words` is what was typed."""
    return form(
        "incident_words",
        "Incident",
        label,
        submit="Send",
        most=most,
        private=json.dumps({"words": words, "channel": channel}),
    )


def opening(incident: Incident, place: str) -> Message:
    """The private answer: where it is told."""
    told = f"The incident is open: its channel will be named in #{place}"
    return Message(
        text=told,
        blocks=(section(f"{escape(told)}.", f"Deployments to {code(incident.database)} are frozen."),),
    )


def done(text: str) -> Message:
    """A short private answer."""
    return Message(text=text, blocks=(section(escape(text)),))


def note(text: str, by: str) -> Message:
    return Message(
        text=f"Note: {escape(clip(text, 200))}",
        blocks=(*paragraphs(text), context(f"Noted by {common.who(by)}")),
    )


def update(incident: Incident, text: str, by: str) -> Message:
    """The same wherever it goes: what a person says of how it stands."""
    title = f"Status update · {incident.database}"
    return Message(
        text=clip(f"{title}: {escape(text)}", 300),
        blocks=(
            section(f"*{escape(title)}*"),
            *paragraphs(text),
            context(f"By {common.who(by)} · {incident.id}"),
        ),
    )


def given(role: Role, person: str, by: str) -> Message:
    whom = common.who(person)
    return Message(text=f"{role}: {whom}", blocks=(section(f"*{role}* is {whom}"), context(_by(by))))


def reminder(incident: Incident, now: datetime) -> Message:
    """To the lead, else to everybody who is there."""
    since = incident.updated_at or incident.opened_at
    whom = common.who(incident.lead) if incident.lead else "Nobody leads this incident yet."
    last = "the last update" if incident.updated_at else "it was opened, and nobody wrote an update"
    return Message(
        text=f"An update on {incident.database} is due",
        blocks=(
            section(
                f"⏰ {whom} It is {wording.duration(now - since)} since {last}.",
                f"→ {code('/incident update TEXT')} tells everybody how it stands",
                *([] if incident.lead else [f"→ {code('/incident role lead @somebody')}"]),
            ),
        ),
    )


def closed(incident: Incident, missing: str, frozen: Freeze | None) -> Message:
    """How it ended, whether data is `missing` still, and whether deployments may begin again."""
    thaw = f"→ `/deploy thaw {incident.database} REASON` lets them through"
    deployments: tuple[str, ...] = ("Deployments are let through again.",)
    if frozen is not None:
        by = "" if frozen.by == incident.id else f", by {common.who(frozen.by)}"
        deployments = (f"Deployments stay frozen{by}.", thaw)
    title = "⚠️ Closed although data may be missing" if missing else "✅ Closed"
    mark, _, words = title.partition(" ")
    return Message(
        text=f"{title}: {escape(clip(incident.reason, 200))}",
        blocks=(
            *sections(
                f"{mark} *{words}* by {common.who(incident.closed_by)}",
                *common.reason(incident.reason),
                *([f"⚠️ {prose(missing)}"] if missing else []),
                *deployments,
            ),
        ),
    )


def back(found: Sequence[Finding]) -> Message:
    """It was over, and is there again: another loss, or the same once more."""
    text = escape(f"It is back: {shortly(found) or wording.listed([each.code.value for each in found], 2)}")
    return Message(text=text, blocks=(section(f"🔴 *{text}*", "The evidence above is gathered anew."),))


def calm(incident: Incident) -> Message:
    """What its alerts found is not there any more: people say whether it is over."""
    return Message(
        text=f"{incident.database}: what was found is not there any more",
        blocks=(
            section(
                "🟢 What was found is not there any more: all alerts of this incident are over.",
                "→ `/incident close REASON` counts once more, and writes the report",
            ),
        ),
    )


def troubles(problems: Sequence[str]) -> Message:
    """What could not be done in the incident's channel, and why; the incident goes on without it."""
    title = "What Slack did not let Secondkey do here"
    return Message(text=title, blocks=(section(f"*{title}*", *(f"• {escape(each)}" for each in problems)),))


def draft(audience: str, text: str, draft_id: str, channels: Sequence[str], sent: str = "") -> Message:
    """A text for people outside, and the button that sends it word for word."""
    title = f"Draft for {audience}"
    return Message(
        text=f"{title}: not sent" if not sent else f"{title}: sent",
        blocks=(
            section(f"*{title}*"),
            *paragraphs(text),
            context(sent or _unsent(channels)),
            *([] if sent or not channels else _sending(draft_id, channels)),
        ),
    )


def outside(text: str) -> Message:
    """What goes out, word for word."""
    return Message(text=escape_lines(text), blocks=tuple(paragraphs(text)))


def sent(by: str, channels: Sequence[str]) -> str:
    return f"Sent to {_named(channels)} by {common.who(by)}"


def _entry(entry: Entry) -> str:
    changed = " _(edited)_" if entry.edited_at else ""
    gone = " _(taken out or deleted since)_" if entry.removed_at else ""
    link = f" · <{entry.link}|message>" if entry.link else ""
    # Of a role the bot wrote every word: the mention in it is meant.
    text = entry.text if entry.source is Source.ROLE else escape(clip(entry.text, LINE))
    return f"{date(entry.at)} {common.who(entry.by)} {text}{changed}{gone}{link}"


def _by(actor: str) -> str:
    return f"By {common.who(actor)}"


def _unsent(channels: Sequence[str]) -> str:
    if channels:
        return f"From known facts only. It goes to {_named(channels)} once somebody sends it."
    return "From known facts only. No channel is configured for it: copy it, and say it yourself."


def _sending(draft_id: str, channels: Sequence[str]) -> list[Block]:
    button = Button(
        label=f"Send to {_named(channels)}",
        action="incident_send",
        value=draft_id,
        confirm=f"It is posted to {_named(channels)}, word for word.",
    )
    return [actions(button)]


def _named(channels: Sequence[str]) -> str:
    return wording.listed([f"#{each}" for each in channels], 3)
