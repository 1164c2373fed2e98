-- One organisation for each account.
INSERT INTO "Organization" ("id", "accountId", "name", "slug", "currency", "taxNumber", "createdAt", "updatedAt")
SELECT
    pg_temp.id('organization', n),
    "id",
    "name",
    regexp_replace(lower("name"), '[^a-z]+', '-', 'g') || '-' || n,
    pg_temp.one_of('currency', n, '{EUR,EUR,EUR,CHF,GBP}'),
    CASE WHEN n % 7 > 0 THEN 'DE' || 100000000 + pg_temp.draw('tax', n, 89999999) END,
    "createdAt",
    "createdAt" + interval '5 days'
FROM generate_series(1, 312) AS n
JOIN "Account" ON "id" = pg_temp.id('account', n);
