-- Which of these roles are there, and which of them the login may act as and give things to.
SELECT
    r.rolname::text,
    r.rolsuper,
    pg_has_role(r.oid, 'USAGE') AND pg_has_role(r.oid, %(become)s)
FROM pg_roles r
WHERE r.rolname = ANY (%(names)s::text[])
