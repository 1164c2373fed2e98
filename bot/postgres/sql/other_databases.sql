-- The other databases of this server that this login may look into.
SELECT datname::text FROM pg_database
WHERE datallowconn AND NOT datistemplate AND datname <> current_database()
    AND has_database_privilege(oid, 'CONNECT')
ORDER BY datname
