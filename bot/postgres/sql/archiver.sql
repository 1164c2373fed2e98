-- The last archive failure, where no success came after it.
SELECT last_failed_wal, last_failed_time, failed_count
FROM pg_stat_archiver
WHERE last_failed_time > coalesce(last_archived_time, '-infinity') AND current_setting('archive_mode') <> 'off'
