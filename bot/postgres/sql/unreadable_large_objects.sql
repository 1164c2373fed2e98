-- How many large objects there are, how many of them this login may not read, and whose those are, superusers aside: a
-- right of its own, or membership in the owner, is needed for each.
SELECT
    count(*),
    count(*) FILTER (WHERE NOT readable),
    coalesce(array_agg(DISTINCT owner) FILTER (WHERE NOT readable AND NOT superuser), '{}'),
    coalesce(bool_or(superuser) FILTER (WHERE NOT readable), false)
FROM (
    SELECT
        l.lomowner::regrole::text AS owner,
        coalesce((SELECT r.rolsuper FROM pg_roles r WHERE r.oid = l.lomowner), false) AS superuser,
        current_setting('is_superuser')::boolean
            OR current_setting('lo_compat_privileges')::boolean
            OR pg_has_role(l.lomowner, 'USAGE')
            OR EXISTS (
                SELECT FROM aclexplode(l.lomacl) AS acl
                WHERE acl.privilege_type = 'SELECT' AND (acl.grantee = 0 OR pg_has_role(acl.grantee, 'USAGE'))
            ) AS readable
    FROM pg_largeobject_metadata l
) AS large_object
