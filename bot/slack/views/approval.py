"""Requests for a second person: what is asked, how people voted, and what became of it.

Pure: the frame around an operation's plan, which comes as lines that are markup already.
"""

from collections.abc import Sequence
from typing import assert_never

from bot import wording
from bot.domain.approval import Choice, Request, State, Uncounted
from bot.domain.people import in_slack
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
    header,
    section,
)
from bot.slack.views.common import reason, who

#: A tap asks for these again; what people said no to is asked again in words alone.
_AGAIN = frozenset({State.VOID, State.EXPIRED})
_EMOJI = {Choice.APPROVE: "✅", Choice.DENY: "⛔"}
#: How many votes that do not count are shown.
UNCOUNTED = 5
#: How many requests `/requests` shows.
LISTED = 10


def message(request: Request) -> Message:
    """The request's one message, as it stands; once its operation acts, that shows its own."""
    return Message(
        text=_notification(request),
        blocks=(
            header(f"{_mark(request)} {_word(request)}{request.plan.title}"),
            *([] if request.state is State.PENDING else [section(*_ending(request))]),
            section(*_asked(request)),
            *(section(*paragraph) for paragraph in request.plan.lines),
            *([section(*request.notes)] if request.notes else []),
            *(_ballot(request) if request.state is State.PENDING else []),
            context(f"plan {short(request.digest)} · {request.id}"),
            *_moves(request),
        ),
    )


def short(digest: str) -> str:
    """What a message shows of a digest: `7f3a 91c2`."""
    return f"{digest[:4]} {digest[4:8]}"


def not_counted(request: Request, vote: Uncounted) -> Message:
    """Told to whoever cast it, alone and once."""
    text = f"Your {_EMOJI[vote.choice]} on {request.plan.title} does not count: this account {vote.because}"
    return Message(text=escape(text), blocks=(section(escape(text) + "."), context(_place(request))))


def too_late(request: Request) -> Message:
    """A veto that came when the operation acted already."""
    undo = f"→ To take it back: {code(request.plan.undo)}" if request.plan.undo else "There is no way back."
    text = f"Your ⛔ on {request.plan.title} came too late: it was carried out already"
    return Message(text=escape(text), blocks=(section(escape(text) + ".", undo), context(_place(request))))


def outcome(request: Request) -> Message:
    """How it ended, for whoever asked and whoever voted."""
    title = f"{_mark(request)} {_word(request)}{request.plan.title}"
    return Message(
        text=_notification(request),
        blocks=(
            section(f"*{escape(title)}*", *_ending(request)),
            context(_place(request)),
            *_moves(request),
        ),
    )


def listing(requests: Sequence[tuple[Request, str, Sequence[str]]]) -> Message:
    """`/requests`: each with its message's address (empty while unknown) and the ids of who could approve."""
    if not requests:
        return Message(text="No request is open", blocks=(section("No request is open."),))
    shown = [section(*_listed(*one)) for one in requests[:LISTED]]
    more = len(requests) - LISTED
    return Message(
        text=f"{wording.plural(len(requests), 'open request')}",
        blocks=(
            header("Open requests"),
            *shown,
            *([context(f"and {more:,} more")] if more > 0 else []),
        ),
    )


def _listed(request: Request, address: str, able: Sequence[str]) -> list[str]:
    title = escape(request.plan.title)
    people = ", ".join(f"<@{user}>" for user in able) or "nobody more"
    return [
        f"*{f'<{address}|{title}>' if address else title}* · {request.id}",
        f"Asked by {who(request.requested_by)} · {_state(request)}",
        *reason(request.reason),
        *([f"Could approve: {people}"] if request.state is State.PENDING else []),
        f"Votes: {_votes(request)}",
    ]


def _state(request: Request) -> str:
    if request.state is State.PENDING:
        return f"{_missing(request)} · until {date(request.decide_by)}"
    return "approved" if request.state is State.APPROVED else "approved and under way"


def _notification(request: Request) -> str:
    asker, title = who(request.requested_by), escape(clip(request.plan.title, 60))
    if request.state is State.PENDING:
        return f"⚠️ {asker} · {title} · ✅ or ⛔ until {request.decide_by:%H:%M} UTC"
    return f"{_mark(request)} {_word(request)}{title}{_unrun(request)}"


def _unrun(request: Request) -> str:
    """What is void may have begun, and was put back."""
    if request.state is State.VOID:
        return " · not carried out"
    return " · nothing ran" if request.stopped else ""


def _mark(request: Request) -> str:
    match request.state:
        case State.PENDING:
            return "⚠️"
        case State.APPROVED | State.BEGUN | State.USED:
            return "✅"
        case State.DENIED:
            return "⛔"
        case State.VOID:
            return "🚫"
        case State.EXPIRED:
            return "⌛"
        case unknown:
            assert_never(unknown)


def _word(request: Request) -> str:
    match request.state:
        case State.PENDING:
            return ""
        case State.APPROVED | State.BEGUN | State.USED:
            return "Approved · "
        case State.DENIED:
            return "Withdrawn · " if request.denied_by == request.requested_by else "Denied · "
        case State.VOID:
            return "Void · "
        case State.EXPIRED:
            return "Expired · "
        case unknown:
            assert_never(unknown)


def _ending(request: Request) -> list[str]:
    """What became of it: the state first, then the next move."""
    again = f"→ To ask again, with fresh facts: {code(request.plan.again)}"
    match request.state:
        case State.PENDING:
            return ["people decide"]
        case State.APPROVED | State.BEGUN | State.USED:
            return [f"Approved by {_people(request.approved_by)}{_when(request)}."]
        case State.DENIED:
            verb = "Withdrawn" if request.denied_by == request.requested_by else "Denied"
            return [f"{verb} by {who(request.denied_by or '')}{_when(request)}: nothing ran.", again]
        case State.VOID:
            return [f"Void: {escape(request.problem)}. It was not carried out.", again]
        case State.EXPIRED:
            return [f"Expired{_when(request)}, nothing ran.", again]
        case unknown:
            assert_never(unknown)


def _moves(request: Request) -> list[Block]:
    if request.state not in _AGAIN:
        return []
    return [actions(Button(label="Ask again", action="request_again", value=request.id))]


def _when(request: Request) -> str:
    return f" {date(request.decided_at)}" if request.decided_at else ""


def _asked(request: Request) -> list[str]:
    asker = f"{who(request.requested_by)} asks for this"
    if not in_slack(request.requested_by):
        asker += "; nobody is proven to have asked, so that it needs one approval more"
    return [asker, *reason(request.reason)]


def _ballot(request: Request) -> list[Block]:
    length = wording.duration(request.decide_by - request.created_at)
    return [
        section(
            f"✅ approve   ⛔ deny   · {_missing(request)}",
            f"until {date(request.decide_by)} ({length})",
            f"Votes: {_votes(request)}",
        )
    ]


def _missing(request: Request) -> str:
    missing = request.needed - len(request.approved_by)
    besides = f", not {who(request.requested_by)}" if in_slack(request.requested_by) else ""
    people = "1 more person" if missing == 1 else f"{missing:,} more people"
    return f"{people} of {', '.join(request.approvers_shown)}{besides}"


def _votes(request: Request) -> str:
    counted = [f"✅ <@{user}>" for user in request.approved_by]
    others = [f"{_EMOJI[vote.choice]} <@{vote.user}> (does not count)" for vote in request.uncounted]
    more = len(others) - UNCOUNTED
    rest = [*others[:UNCOUNTED], f"and {more:,} more that do not count"] if more > 0 else others
    return ", ".join([*counted, *rest]) or "none yet"


def _people(users: Sequence[str]) -> str:
    return ", ".join(who(user) for user in users) or "nobody"


def _place(request: Request) -> str:
    return f"{request.id} in <#{request.channel}>"
