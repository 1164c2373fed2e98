-- Who may do anything with a database; NULL for everybody.
SELECT DISTINCT CASE WHEN acl.grantee <> 0 THEN pg_get_userbyid(acl.grantee)::text END AS grantee
FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS acl
WHERE d.datname = %(database)s
ORDER BY grantee
