"""Whom alerts reach: what can be configured, and what is told of what cannot."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.conftest import WHOLE, Load, Problems

SECRET = "https://pager:s3cret@pager.example.org/api/v2/alerts"
ALERTS = "[alerts]\n"


def test_by_default_nobody_but_the_channel_and_after_a_while_the_approvers_are_told(load_text: Load) -> None:
    settings = load_text(WHOLE)
    assert (settings.alerts.escalate_to, settings.alerts.escalate_after) == ((), timedelta(minutes=5))
    assert (settings.alerts.addresses, settings.alerts.digest) == ((), None)


def test_webhooks_come_from_the_file_and_from_a_file_of_their_own_and_are_never_shown(
    load_text: Load, folder: Path
) -> None:
    secret = folder / "webhooks"
    secret.write_text(f"{SECRET}\n\nhttp://127.0.0.1:9093/api/v2/alerts\n")
    secret.chmod(0o600)
    text = f'webhooks = ["{SECRET}"]\nwebhooks_file = "webhooks"\ndigest = "30 8 * * *"\n'
    alerts = load_text(WHOLE + ALERTS + text).alerts
    assert alerts.addresses == (SECRET, "http://127.0.0.1:9093/api/v2/alerts")
    assert "s3cret" not in f"{alerts!r} {alerts}"


def test_a_database_may_have_a_group_and_a_patience_of_its_own(load_text: Load) -> None:
    text = '[databases.projectledger.alerts]\nescalate_to = ["@ledger"]\nescalate_after = "15m"\n'
    own = load_text(WHOLE + text).databases["projectledger"].alerts
    assert (own.escalate_to, own.escalate_after) == (("@ledger",), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ('escalate_after = "10s"', "escalate_after: is too short", "5m"),
        ('escalate_to = ["somebody"]', "escalate_to.0: is neither a user group", "@dba"),
        (
            'webhooks = ["file:///etc/passwd"]',
            "webhooks.0: is no address that could be posted to",
            "https://",
        ),
        ('webhooks = ["s3cret"]', "webhooks.0: is no address that could be posted to", "https://"),
        ('webhooks_file = "nowhere"', "webhooks_file: names a file that cannot be read", "its owner"),
        (
            'webhooks_file = "open"',
            "webhooks_file: names a file that others may read (mode 644)",
            "chmod 600",
        ),
        ('webhooks_file = "empty"', "webhooks_file: names a file that holds no address", "one a line"),
        ('digest = "daily"', "digest: has 1 fields", "is never"),
        ('time_zone = "Mars/Base"', "time_zone: is not a time zone", "Europe/Berlin"),
    ],
)
def test_what_cannot_be_used_is_told_before_the_bot_starts(
    problems: Problems, folder: Path, text: str, reason: str, hint: str
) -> None:
    for name, mode in (("open", 0o644), ("empty", 0o600)):
        (folder / name).write_text(SECRET if name == "open" else "\n")
        (folder / name).chmod(mode)
    ((found, next_move),) = problems(WHOLE + ALERTS + text).items()
    assert f"alerts.{reason}" in found
    assert hint in next_move
    assert "s3cret" not in found + next_move


def test_more_webhooks_than_could_be_served_are_refused(problems: Problems) -> None:
    many = ", ".join(f'"https://pager{n}.example.org"' for n in range(9))
    ((found, _),) = problems(f"{WHOLE}{ALERTS}webhooks = [{many}]").items()
    assert "alerts.webhooks: names more than 8" in found
