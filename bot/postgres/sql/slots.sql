-- Replication slots, and how much of the log is kept for each. Those of a standby follow its primary's.
SELECT
    slot_name::text,
    active,
    CASE WHEN wal_status <> 'lost' THEN pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END AS kept
FROM pg_replication_slots
WHERE NOT temporary AND NOT pg_is_in_recovery()
ORDER BY kept DESC NULLS LAST
