-- A Prisma history as it lies there: several rows a migration are possible.
SELECT
    migration_name::text,
    checksum::text,
    finished_at::timestamptz,
    rolled_back_at::timestamptz,
    coalesce(logs::text, '') <> ''
FROM {table}
ORDER BY started_at::timestamptz NULLS FIRST, migration_name::text
