-- Which of these roles may not create in the schema beside them.
SELECT r.rolname::text, n.nspname::text
FROM unnest(%(roles)s::text[], %(schemas)s::text[]) AS asked (role, schema)
JOIN pg_roles r ON r.rolname = asked.role
JOIN pg_namespace n ON n.nspname = asked.schema
WHERE NOT has_schema_privilege(r.oid, n.oid, 'CREATE')
