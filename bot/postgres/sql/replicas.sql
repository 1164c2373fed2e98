-- Replicas that are behind, or silent, for longer than the limit. A login without pg_monitor sees no figures.
SELECT
    coalesce(nullif(application_name, ''), 'a replica') || coalesce(' at ' || host(client_addr), ''),
    greatest(replay_lag, clock_timestamp() - reply_time) AS lag
FROM pg_stat_replication
WHERE greatest(replay_lag, clock_timestamp() - reply_time) > %(limit)s
ORDER BY lag DESC
