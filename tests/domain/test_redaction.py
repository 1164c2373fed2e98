"""What is hidden in other programs' output."""

import pytest

from bot.domain.redaction import redacted, secrets_of


def test_passwords_of_connection_strings_and_values_named_as_secrets_are_known() -> None:
    found = secrets_of(
        {
            "DATABASE_URL": "postgresql://app:p%40ssw0rd@db/x",
            "DSN": "host=db user=app password='two words'",
            "PGPASSWORD": "hunter22",
            "STRIPE_API_KEY": "sk_live_1",
            "SIGNING_SECRET": "-----BEGIN-----\nMIIB\n",
            "PATH": "/usr/bin",
            "TOKENIZER": "x",
        }
    )
    assert found == {
        "p%40ssw0rd", "p@ssw0rd", "two words", "hunter22", "sk_live_1", "-----BEGIN-----", "MIIB",
    }  # fmt: skip


def test_known_secrets_are_hidden_wherever_they_stand() -> None:
    assert redacted("xhunter22x, hunter2", {"hunter22", "nothing"}) == "x[redacted]x, hunter2"


def test_a_secret_that_holds_another_one_is_hidden_whole() -> None:
    assert redacted("token-long", {"token", "token-long"}) == "[redacted]"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("to postgresql://app:x@db:5432/y", "to postgresql://app:[redacted]@db:5432/y"),
        ("https://ci:abc@git.example/z and more", "https://ci:[redacted]@git.example/z and more"),
        ("host=db password=abc dbname=x", "host=db password=[redacted] dbname=x"),
        ("password = 'a b' user=x", "password = [redacted] user=x"),
        ("?user=app&password=abc&x=y", "?user=app&password=[redacted]&x=y"),
        ("https://example.org:8080/a@b", "https://example.org:8080/a@b"),
    ],
)
def test_passwords_that_nobody_told_of_are_hidden_by_how_they_are_written(said: str, shown: str) -> None:
    assert redacted(said) == shown
