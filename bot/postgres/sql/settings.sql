-- ALTER DATABASE SET, and ALTER ROLE IN DATABASE SET, one setting a row.
SELECT r.rolname::text, setting
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase
CROSS JOIN unnest(s.setconfig) WITH ORDINALITY AS each (setting, place)
LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE d.datname = coalesce(%(database)s::text, current_database())
ORDER BY r.rolname NULLS FIRST, place
