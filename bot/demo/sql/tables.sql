-- The application's tables: everything in "public" but Prisma's history.
SELECT relname
FROM pg_class
WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
ORDER BY relname
