-- The other databases of this server: whether they take connections, and ours.
SELECT datname::text, datallowconn, has_database_privilege(oid, 'CONNECT') FROM pg_database
WHERE NOT datistemplate AND datname <> current_database()
ORDER BY datname
