"""What Slack's refusals mean, in the same words wherever they are met."""

from http.client import RemoteDisconnected

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.slack.trouble import APP_TOKEN, BOT_TOKEN, Kind, Token, token_refused, trouble_of


def slack_says(error: str, **more: str) -> SlackApiError:
    answer = SlackResponse(
        client=None, http_verb="POST", api_url="https://slack.com/api/auth.test", req_args={},
        data={"ok": False, "error": error, **more}, headers={}, status_code=200,
    )  # fmt: skip
    return SlackApiError("refused", answer)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("token", [BOT_TOKEN, APP_TOKEN], ids=["bot", "app"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_auth", "Slack does not know the"),
        ("not_authed", "there is no"),
        ("token_revoked", "was revoked"),
        ("token_expired", "has expired"),
        ("account_inactive", "was deactivated"),
        ("not_allowed_token_type", "is of another kind"),
        ("missing_scope", "lacks the scope connections:write"),
    ],
)
def test_a_token_that_is_no_good_is_named_with_its_cure(token: Token, code: str, words: str) -> None:
    told = token_refused(slack_says(code, needed="connections:write"), token)
    assert token.name in told.reason
    assert words in told.reason
    assert told.hint
    assert trouble_of(slack_says(code)).kind is Kind.LOCKED_OUT


def test_a_token_that_goes_bad_later_is_told_in_the_words_of_the_start() -> None:
    at_start = token_refused(slack_says("token_revoked"), BOT_TOKEN)
    assert trouble_of(slack_says("token_revoked")).reason == f"{at_start.reason}: {at_start.hint}"


def test_another_refusal_is_repeated_as_slack_says_it() -> None:
    assert token_refused(slack_says("team_is_gone"), APP_TOKEN).reason == (
        "Slack refuses the app token: team_is_gone"
    )


@pytest.mark.parametrize("error", [OSError("no route"), RemoteDisconnected("cut")])
def test_a_slack_that_is_away_is_no_fault_of_the_token(error: OSError) -> None:
    told = token_refused(error, BOT_TOKEN)
    assert "Slack cannot be reached" in told.reason
    assert "network" in told.hint
