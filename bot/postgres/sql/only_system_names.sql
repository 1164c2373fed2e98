-- A superuser's session finds nothing by a bare name that somebody else could have put there.
SELECT set_config('search_path', 'pg_catalog', false), set_config('default_transaction_read_only', 'off', false)
