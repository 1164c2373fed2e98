-- A digest of a migration history, which holds a row or more for each migration.
SELECT count(*) || ' ' || coalesce(sum(hashtextextended(history::text, 0)), 0) FROM {table} AS history
