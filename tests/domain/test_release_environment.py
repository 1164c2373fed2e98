"""The environment of a rehearsed command: nothing in it leads to production."""

import pytest

from bot.domain.release_environment import Door, Production, ReleaseUrl, cleaned, read_url
from bot.errors import UsageError

PRODUCTION = Production(
    hosts=frozenset({"db", "pg.example.org", "/run/postgres"}),
    passwords=frozenset({"hunter22", "abc"}),
    dsns=frozenset({"service=ledger"}),
)
DOOR = Door(port=4711, login="app", password="p@ss", database="restored")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGHOST", "elsewhere"),
        ("PGSSLMODE", "require"),
        ("SLACK_BOT_TOKEN", "xoxb"),
        ("SECONDKEY_CONFIG", "/etc/secondkey.toml"),
        ("SHADOW", "postgres://app@elsewhere/x"),
        ("ASYNC", "postgresql+asyncpg://elsewhere/x"),
        ("JDBC", "jdbc:postgresql://elsewhere/x"),
        ("CONNINFO", "user=app host=elsewhere"),
        ("DSN", "service=ledger connect_timeout=3"),
        ("DB_HOST", "db"),
        ("DB_HOST", "DB"),
        ("REPLICAS", "other.example.org,pg.example.org:5433"),
        ("ADMIN", "https://db:8080/"),
        ("SOCKET", "/run/postgres"),
        ("SOCKET_URL", "x://?host=%2Frun%2Fpostgres"),
        ("DB_PASS", "hunter22"),
        ("JSON", '{"password":"hunter22"}'),
        ("DB_PASS", "abc"),
    ],
)
def test_what_leads_to_production_is_removed(name: str, value: str) -> None:
    assert cleaned({name: value, "LANG": "C"}, PRODUCTION) == ({"LANG": "C"}, (name,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "/opt/db/bin:/usr/bin"),
        ("HOME", "/home/dba"),
        ("NODE_ENV", "production"),
        ("IMAGE", "postgres:15"),
        ("ALPHABET", "abcdef"),
        ("REDIS_URL", "redis://cache.example.org/0"),
        ("DOMAIN", "notpg.example.org"),
    ],
)
def test_what_leads_elsewhere_is_kept(name: str, value: str) -> None:
    assert cleaned({name: value}, PRODUCTION) == ({name: value}, ())


def test_a_url_keeps_its_scheme_and_schema_and_leads_to_the_copy() -> None:
    url = read_url(
        "DATABASE_URL",
        "postgresql+psycopg://web:s%40cret@db:5432,pg2/ledger?schema=billing&sslmode=require&host=pg3"
        "&options=-c%20search_path%3Dbilling",
    )
    assert (url.login, url.password, url.hosts) == ("web", "s@cret", {"db", "pg2", "pg3"})
    assert url.leading_to(DOOR) == (
        "postgresql+psycopg://app:p%40ss@127.0.0.1:4711/restored"
        "?schema=billing&options=-c%20search_path%3Dbilling"
    )


def test_a_variable_that_is_named_as_secret_but_leads_nowhere_stays() -> None:
    assert cleaned({"STRIPE_SECRET": "sk_live_1"}, PRODUCTION)[1] == ()


def test_without_a_url_the_copy_is_named_by_the_usual_one() -> None:
    assert ReleaseUrl().leading_to(DOOR) == "postgresql://app:p%40ss@127.0.0.1:4711/restored"


@pytest.mark.parametrize("url", ["postgres://[::1]:5432/x", "postgresql:///x?host=::1&user=web"])
def test_every_way_to_write_a_host_is_read(url: str) -> None:
    assert read_url("URL", url).hosts == {"::1"}


@pytest.mark.parametrize("value", ["mysql://u:hunter22@h/x", "host=db", "postgres://[::1", "no url"])
def test_what_is_no_postgresql_url_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(UsageError, match=r"^DIRECT_URL does not hold") as refused:
        read_url("DIRECT_URL", value)
    assert value not in str(refused.value)
