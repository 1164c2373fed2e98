-- An Alembic history: the newest revision of each branch.
SELECT version_num::text FROM {table} ORDER BY version_num::text
