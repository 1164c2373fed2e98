-- The kept session of the watch writes nothing, waits for nobody, and is in no hurry's way.
SELECT
    set_config('default_transaction_read_only', 'on', false),
    set_config('statement_timeout', %(statement)s::text, false),
    set_config('lock_timeout', %(lock)s::text, false),
    set_config('row_security', 'off', false)
