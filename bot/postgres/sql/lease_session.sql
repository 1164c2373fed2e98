-- The lease's session changes databases, even where its login only reads unless it says otherwise; it waits for nobody
-- while the application stands still.
SELECT set_config('default_transaction_read_only', 'off', false), set_config('lock_timeout', '10s', false)
