"""Every cause has a reason and a next move, whatever libpq put around it."""

import pytest

from bot.domain.findings import Code
from bot.postgres.unreachable import Unreachable, cause_of

PREFIX = 'connection failed: connection to server at "10.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('FATAL:  database "ledger" does not exist', "the server answers and has no such database"),
        ('FATAL:  database "ledger" is not currently accepting connections', "allows no connections"),
        ('FATAL:  permission denied for database "ledger"', "may not connect to this database"),
        ('FATAL:  too many connections for database "ledger"', "its own connection limit"),
        ("FATAL:  sorry, too many clients already", "the server has no free connection slot"),
        ("FATAL:  remaining connection slots are reserved for roles with", "no free connection slot"),
        ('FATAL:  too many connections for role "bot"', "no free connection slot"),
        ('FATAL:  role "bot" is not permitted to log in', "the role may not log in"),
        ("fe_sendauth: no password supplied", "asks for a password and none is configured"),
        ('FATAL:  password authentication failed for user "bot"', "refused the login or its password"),
        ('FATAL:  role "bot" does not exist', "refused the login or its password"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.2", user "bot"', "pg_hba.conf lets nobody in"),
        ("FATAL:  the database system is starting up", "starting up or recovering"),
        ("FATAL:  the database system is in recovery mode", "starting up or recovering"),
        ("FATAL:  the database system is not yet accepting connections", "starting up or recovering"),
        ("FATAL:  the database system is shutting down", "shutting down"),
        ("session is read-only", "target_session_attrs"),
        ("server is in hot standby mode", "target_session_attrs"),
        ("server does not support SSL, but SSL was required", "no encrypted connection"),
        ('SSL error: certificate verify failed', "no encrypted connection"),
        ('could not translate host name "db" to address: Name or service not known', "name is not known"),
        ("timeout expired", "nothing answered in time"),
        ("Connection refused", "nobody listens there"),
        ("No route to host", "no way there"),
        ("Network is unreachable", "no way there"),
        ("server closed the connection unexpectedly", "does not behave like a PostgreSQL server"),
    ],
)  # fmt: skip
def test_what_libpq_says_is_told_with_a_next_move(message: str, reason: str) -> None:
    cause = cause_of(PREFIX + message)
    assert reason in cause.reason
    assert cause.hint


def test_what_is_not_known_is_told_in_the_servers_own_words_on_one_line() -> None:
    cause = cause_of(PREFIX + "FATAL:  die Sterne\n  stehen schlecht")
    assert cause.reason == "connecting failed (FATAL: die Sterne stehen schlecht)"
    assert cause.look_inside


def test_of_several_attempts_the_first_is_told_where_none_is_known() -> None:
    message = f"{PREFIX}FATAL:  strange\nMultiple connection attempts failed. All failures were:\n- host: x"
    assert cause_of(message).reason == "connecting failed (FATAL: strange)"


def test_a_server_that_is_not_reached_may_still_hold_the_database() -> None:
    assert Unreachable("away").code is Code.IDENTITY_UNREACHABLE
