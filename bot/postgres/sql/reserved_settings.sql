-- The same where others may have been allowed to, but for those that this login was granted.
SELECT asked.name
FROM unnest(%(names)s::text[]) AS asked (name)
LEFT JOIN pg_settings s ON lower(s.name) = lower(asked.name)
WHERE (s.name IS NULL OR s.context IN ('superuser', 'superuser-backend'))
    AND NOT has_parameter_privilege(asked.name, 'SET')
