-- What is open or was over only recently.
SELECT * FROM alerts
WHERE resolved_at IS NULL OR resolved_at > clock_timestamp() - %(within)s
ORDER BY since, id
