-- Whether the server has the named database and lets us in; asked from the maintenance database.
SELECT
    wanted.oid IS NOT NULL,
    (SELECT system_identifier::text FROM pg_control_system()),
    coalesce(wanted.datallowconn, false),
    coalesce(has_database_privilege(wanted.oid, 'CONNECT'), false),
    ARRAY(
        SELECT datname::text FROM pg_database
        WHERE NOT datistemplate AND datname <> current_database() ORDER BY datname LIMIT 10
    )
FROM (VALUES (%(name)s::text)) AS asked (name)
LEFT JOIN pg_database wanted ON wanted.datname = asked.name
