"""What a release's pending migrations may destroy, read without running them.

Statements are split by PostgreSQL's own lexical rules (`splitting`), then each is judged: by its first words
(`words`, `altering`), and where it holds a query by a parser (`queries`). Migrations that are Python are read
as text (`alembic`, `django`). What none of these understands is a risk: nothing is harmless by default.

Not looked into, since only the database knows: code of a team's own that no statement names (in triggers,
rules, views, defaults, indexes, constraints and operators), how many rows a WHERE leaves, and which rows an
upsert or a MERGE overwrites.
"""
