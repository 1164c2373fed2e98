-- The files of one source that were applied before.
SELECT name FROM applied_migrations WHERE source = %(source)s
