-- Of these settings, those that only a superuser may put on a database: what the server does not know is, too.
SELECT asked.name
FROM unnest(%(names)s::text[]) AS asked (name)
LEFT JOIN pg_settings s ON lower(s.name) = lower(asked.name)
WHERE s.name IS NULL OR s.context IN ('superuser', 'superuser-backend')
