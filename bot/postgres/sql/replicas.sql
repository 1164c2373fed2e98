-- Who follows this server. A login without pg_monitor sees no figures, and so nobody.
SELECT
    coalesce(nullif(application_name, ''), 'a replica') || coalesce(' at ' || host(client_addr), ''),
    state,
    sync_state,
    -- an idle one is not behind, but it says so every few seconds
    greatest(replay_lag, clock_timestamp() - reply_time) AS lag,
    greatest(0, pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn
    ))::bigint AS behind
FROM pg_stat_replication
WHERE state <> 'backup'
ORDER BY lag DESC NULLS LAST
