"""Histories of tools that Secondkey knows by their table, and cannot read yet."""

#: Tables that bear the name of one tool alone.
_TOOLS = {
    "databasechangelog": "Liquibase",
    "goose_db_version": "goose",
    "_sqlx_migrations": "sqlx",
    "atlas_schema_revisions": "Atlas",
    "knex_migrations": "Knex",
    "__drizzle_migrations": "Drizzle",
    "SequelizeMeta": "Sequelize",
    "pgmigrations": "node-pg-migrate",
}
_SHARED = "schema_migrations"
_COMMON = "migrations"
TABLES = frozenset({*_TOOLS, _SHARED, _COMMON})


def tool_of(table: str, columns: frozenset[str], *, rails: bool) -> str | None:
    """Whose history this is, as people call the tool; None where it is an ordinary table.

    `rails` tells that `ar_internal_metadata` lies beside it.
    """
    if table == _SHARED:
        return _of_shared(columns, rails=rails)
    if table == _COMMON:
        # So common a word that the columns must tell.
        return "TypeORM" if {"timestamp", "name"} <= columns else None
    return _TOOLS.get(table)


def _of_shared(columns: frozenset[str], *, rails: bool) -> str:
    if {"version", "dirty"} <= columns:
        return "golang-migrate"
    if columns == {"version"}:
        return "Rails" if rails else "dbmate"
    return f"the tool that keeps {_SHARED}({', '.join(sorted(columns))})"
