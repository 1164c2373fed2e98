-- Ends every other session on the named database.
SELECT pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE datname = %(name)s AND pid <> pg_backend_pid() AND backend_type = 'client backend'
