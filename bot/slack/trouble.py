"""What became of a call to Slack that did not succeed, and what that means for repeating it."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from bot.errors import SecondkeyError


class Kind(StrEnum):
    #: too many calls: Slack says when to come again
    LIMITED = auto()
    #: no answer, or none that says whether it was done
    UNANSWERED = auto()
    #: nobody was reached: it was certainly not done
    NOT_SENT = auto()
    #: the token, and with it every call, is refused until somebody sees to it
    LOCKED_OUT = auto()
    #: the message that it was about is there no more, or may not be changed any more
    GONE = auto()
    #: this call is refused for good
    REFUSED = auto()


#: Of these the next attempt may get through.
PASSING = frozenset({Kind.LIMITED, Kind.UNANSWERED, Kind.NOT_SENT})


@dataclass(frozen=True, kw_only=True)
class Trouble:
    kind: Kind
    #: in words, with the cure where it is known
    reason: str
    #: how long Slack asked to wait, in seconds; 0 where it did not
    wait: float = 0.0


_LIMITED = {"ratelimited", "rate_limited"}
_FAULTS = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
_LOCKED_OUT = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
    "not_allowed_token_type", "no_permission", "org_login_required", "ekm_access_denied",
    "team_access_not_granted", "access_denied",
}  # fmt: skip
_GONE = {"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"}


@dataclass(frozen=True, kw_only=True)
class Token:
    """One of the two secrets that Slack knows the bot by."""

    name: str
    variable: str
    prefix: str
    #: where Slack shows it
    place: str
    #: how to come by a new one
    anew: str


BOT_TOKEN = Token(
    name="bot token",
    variable="SECONDKEY_SLACK__BOT_TOKEN",
    prefix="xoxb-",
    place="OAuth & Permissions",
    anew="install the app again and use the new token",
)
APP_TOKEN = Token(
    name="app token",
    variable="SECONDKEY_SLACK__APP_TOKEN",
    prefix="xapp-",
    place="Basic Information",
    anew="make a new one with the scope connections:write",
)
_CURES = {
    "not_in_channel": "the bot is not in the channel: /invite @Secondkey",
    "channel_not_found": "there is no such channel, or the bot cannot see it: /invite @Secondkey",
    "is_archived": "the channel is archived: unarchive it, or name another one in the configuration",
    "restricted_action": "the workspace does not let the bot do that",
    "canvas_disabled_user_team": "canvases are switched off in this workspace",
    "free_team_canvas_tab_already_exists": "the plan allows one canvas in a channel, and there is one",
}
#: What a call that Slack did not do raises.
NO_ANSWER = (SlackApiError, OSError, HTTPException)
#: Where Slack names no time to wait, in seconds.
_USUAL_WAIT = 5.0


def token_refused(error: SlackApiError | OSError | HTTPException, token: Token) -> SecondkeyError:
    """Why Slack does not let us begin, in words: the token's fault where Slack says so, with the cure."""
    if not isinstance(error, SlackApiError):
        return SecondkeyError(trouble_of(error).reason, "check the network, and slack.api_url")
    answer = error.response
    if answer.get("error") == "missing_scope":
        return SecondkeyError(f"the {token.name} lacks the scope {answer.get('needed')}", token.anew)
    code = str(answer.get("error"))
    known = _about_token(code, token)
    return SecondkeyError(*known) if known else SecondkeyError(f"Slack refuses the {token.name}: {code}")


def trouble_of(error: SlackApiError | OSError | HTTPException) -> Trouble:
    """What a failed call means."""
    if isinstance(error, SlackApiError):
        return _refusal(error)
    cause = error.reason if isinstance(error, URLError) else error
    never = isinstance(cause, (ConnectionRefusedError, socket.gaierror))
    kind = Kind.NOT_SENT if never else Kind.UNANSWERED
    return Trouble(kind=kind, reason=f"Slack cannot be reached: {cause}")


def _refusal(error: SlackApiError) -> Trouble:
    response = error.response
    code = str(response.get("error"))
    if response.status_code == 429 or code in _LIMITED:
        return Trouble(kind=Kind.LIMITED, reason="Slack asks to wait", wait=_retry_after(response.headers))
    if response.status_code >= 400 or code in _FAULTS or " " in code:
        # A sentence is the client's, not Slack's: the answer was no JSON.
        what = code if code in _FAULTS else response.status_code
        return Trouble(kind=Kind.UNANSWERED, reason=f"Slack is in trouble ({what})")
    if code == "missing_scope":
        reason = f"the app lacks the scope {response.get('needed')}: add it and install the app again"
    elif known := _about_token(code, BOT_TOKEN):
        reason = ": ".join(known)
    else:
        reason = _CURES.get(code, f"Slack says {code}")
    return Trouble(kind=_kind(code), reason=reason)


def _about_token(code: str, token: Token) -> tuple[str, str] | None:
    """What is wrong with the token and the cure; None where Slack's answer is about something else."""
    return {
        "invalid_auth": (
            f"Slack does not know the {token.name}", f"copy it again: {token.place}, {token.prefix}…"
        ),
        "not_authed": (f"there is no {token.name}", f"set {token.variable}"),
        "token_revoked": (f"the {token.name} was revoked", token.anew),
        "token_expired": (f"the {token.name} has expired", token.anew),
        "account_inactive": (f"the account of the {token.name} was deactivated", token.anew),
        "not_allowed_token_type": (
            f"the {token.name} is of another kind", f"the {token.name} begins with {token.prefix}"
        ),
    }.get(code)  # fmt: skip


def _kind(code: str) -> Kind:
    if code in _LOCKED_OUT:
        return Kind.LOCKED_OUT
    return Kind.GONE if code in _GONE else Kind.REFUSED


def _retry_after(headers: Mapping[str, str]) -> float:
    named = next((value for name, value in headers.items() if name.casefold() == "retry-after"), "")
    return float(named) if named.isdigit() else _USUAL_WAIT
