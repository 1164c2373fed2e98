-- Who owns or is granted something here, and whom they are members of. The roles that every server has are left
-- out; the server's first superuser is in no list of dependencies, and found as an owner.
WITH RECURSIVE here AS (
    SELECT oid, datdba FROM pg_database WHERE datname = current_database()
),
named (oid) AS (
    SELECT refobjid FROM pg_shdepend, here
    WHERE refclassid = 'pg_authid'::regclass
        AND (dbid = here.oid OR dbid = 0 AND classid = 'pg_database'::regclass AND objid = here.oid)
    UNION SELECT datdba FROM here
    UNION SELECT setrole FROM pg_db_role_setting, here WHERE setdatabase = here.oid
    UNION SELECT relowner FROM pg_class WHERE oid >= 16384
    UNION SELECT nspowner FROM pg_namespace WHERE oid >= 16384
    UNION SELECT proowner FROM pg_proc WHERE oid >= 16384
    UNION SELECT m.roleid FROM pg_auth_members m JOIN named ON named.oid = m.member
)
SELECT
    r.rolname::text,
    array_remove(ARRAY[
        CASE WHEN r.rolsuper THEN 'superuser' END,
        CASE WHEN r.rolcreatedb THEN 'createdb' END,
        CASE WHEN r.rolcreaterole THEN 'createrole' END,
        CASE WHEN r.rolcanlogin THEN 'login' END,
        CASE WHEN r.rolreplication THEN 'replication' END,
        CASE WHEN r.rolbypassrls THEN 'bypassrls' END
    ], NULL),
    ARRAY(
        SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
        WHERE m.member = r.oid GROUP BY g.rolname ORDER BY g.rolname
    )
FROM pg_roles r
WHERE r.oid IN (SELECT oid FROM named) AND r.rolname !~ '^pg_'
ORDER BY r.rolname
