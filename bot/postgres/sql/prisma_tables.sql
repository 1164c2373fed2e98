-- Every table that is named like a Prisma history, the one in `public` first.
SELECT n.nspname::text, c.relname::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = '_prisma_migrations' AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
ORDER BY n.nspname <> 'public', n.nspname
