-- Who we are, and the last archive failure where no success came after it.
SELECT
    current_user::text,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    a.last_failed_wal,
    a.last_failed_time,
    a.failed_count
FROM (VALUES (1)) AS always (one)
LEFT JOIN pg_stat_archiver a
    ON a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
    AND current_setting('archive_mode') <> 'off'
