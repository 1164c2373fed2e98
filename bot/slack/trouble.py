"""What became of a call to Slack that did not succeed, and what that means for repeating it."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError


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
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
_CURES = {
    "not_in_channel": "the bot is not in the channel: /invite @Secondkey",
    "channel_not_found": "there is no such channel, or the bot cannot see it: /invite @Secondkey",
    "is_archived": "the channel is archived: unarchive it, or name another one in the configuration",
    "invalid_auth": "the bot token is no good: copy it again",
    "token_revoked": "the bot token was revoked: install the app again",
    "account_inactive": "the bot's account was deactivated: install the app again",
    "restricted_action": "the workspace does not let the bot post there",
}
#: Where Slack names no time to wait, in seconds.
_USUAL_WAIT = 5.0


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
        return Trouble(kind=Kind.UNANSWERED, reason=f"Slack is in trouble ({response.status_code})")
    reason = _CURES.get(code, f"Slack says {code}")
    if code == "missing_scope":
        reason = f"the app lacks the scope {response.get('needed')}: add it and install the app again"
    return Trouble(kind=_kind(code), reason=reason)


def _kind(code: str) -> Kind:
    if code in _LOCKED_OUT:
        return Kind.LOCKED_OUT
    return Kind.GONE if code in _GONE else Kind.REFUSED


def _retry_after(headers: Mapping[str, str]) -> float:
    named = next((value for name, value in headers.items() if name.casefold() == "retry-after"), "")
    return float(named) if named.isdigit() else _USUAL_WAIT
