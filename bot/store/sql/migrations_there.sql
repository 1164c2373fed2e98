-- Whether something was applied before: the first time nothing is there.
SELECT to_regclass('applied_migrations') IS NOT NULL
