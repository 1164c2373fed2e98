"""The statement that makes an empty database with the encoding and the locale of another one."""

from dataclasses import dataclass

from psycopg import sql

from bot.domain.state import DatabaseProperties
from bot.postgres.queries import query


@dataclass(frozen=True, kw_only=True)
class Locale:
    """How a database sorts and classifies text."""

    #: "libc", "icu" or "builtin"
    provider: str
    collate: str
    ctype: str
    #: of the ICU or the built-in provider
    name: str | None = None


def locale_of(properties: DatabaseProperties) -> Locale:
    return Locale(
        provider=properties.locale_provider,
        collate=properties.collate,
        ctype=properties.ctype,
        name=properties.icu_locale,
    )


def creating(
    database: str, *, owner: str, encoding: str, locale: Locale, tablespace: str | None = None
) -> sql.Composed:
    """To be run by itself; a tablespace is only named where it is not the usual one, which takes no right."""
    statement = sql.SQL(query("create_database")).format(
        database=sql.Identifier(database),
        owner=sql.Identifier(owner),
        encoding=sql.Literal(encoding),
        collate=sql.Literal(locale.collate),
        ctype=sql.Literal(locale.ctype),
    )
    if tablespace is not None:
        statement += sql.SQL(" TABLESPACE {}").format(sql.Identifier(tablespace))
    match locale.provider:
        case "icu":
            return statement + sql.SQL(" LOCALE_PROVIDER icu ICU_LOCALE {}").format(locale.name)
        case "builtin":
            return statement + sql.SQL(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}").format(locale.name)
        case _:
            return statement
