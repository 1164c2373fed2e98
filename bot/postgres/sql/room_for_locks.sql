-- Whether a lock on every table, index and sequence takes no more than a quarter of the room for locks.
SELECT
    (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'm', 'i', 'S') AND oid >= 16384)
    <= current_setting('max_locks_per_transaction')::bigint
        * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) / 4
