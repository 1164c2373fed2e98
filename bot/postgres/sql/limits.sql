-- How long the statements that follow may run, and wait for a lock; in milliseconds, until the savepoint ends.
SELECT
    set_config('statement_timeout', %(statement)s::text, true),
    set_config('lock_timeout', %(lock)s::text, true),
    set_config('row_security', 'off', true)
