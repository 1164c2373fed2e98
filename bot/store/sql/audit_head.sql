-- The newest entry, locked until the transaction ends, and the time after the wait for it.
WITH head AS MATERIALIZED (SELECT number, hash FROM audit_head FOR UPDATE)
SELECT number, hash, clock_timestamp()::text FROM head
