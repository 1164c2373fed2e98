-- An access list, or the usual one where it is empty, as who may do what; NULL for everybody.
SELECT
    CASE WHEN acl.grantee <> 0 THEN pg_get_userbyid(acl.grantee)::text END AS grantee,
    array_agg(DISTINCT acl.privilege_type),
    acl.is_grantable
FROM (
    SELECT CASE
        WHEN cardinality(%(grants)s::text[]) > 0 THEN %(grants)s::text[]::aclitem[]
        ELSE acldefault('d', (SELECT oid FROM pg_roles WHERE rolname = %(owner)s))
    END AS items
) AS given, aclexplode(given.items) AS acl
GROUP BY acl.grantee, acl.is_grantable
ORDER BY acl.is_grantable, grantee
