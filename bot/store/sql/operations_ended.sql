-- How many operations ended, by database and kind, and how.
SELECT database, kind, progress, count(*) FROM operations
WHERE progress IN ('done', 'failed') GROUP BY database, kind, progress ORDER BY database, kind, progress
