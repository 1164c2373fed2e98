-- Which of these extensions are not installed beside this server.
SELECT wanted FROM unnest(%(names)s::text[]) AS wanted
WHERE wanted NOT IN (SELECT name FROM pg_available_extensions)
