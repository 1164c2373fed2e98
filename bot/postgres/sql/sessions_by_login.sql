-- Whose sessions take up the connections that the server allows, and how many those are for ordinary logins.
SELECT
    coalesce(usename, 'nobody'),
    count(*),
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
FROM pg_stat_activity
WHERE backend_type = 'client backend'
GROUP BY usename
ORDER BY count(*) DESC
