-- 18,442 invoices, one every 40 minutes for seventeen months, numbered by their sequence.
INSERT INTO "Invoice" ("id", "organizationId", "clientId", "projectId", "quoteId", "taxRateId", "status", "totalCents", "dueAt", "createdAt", "updatedAt")
SELECT
    pg_temp.id('invoice', n),
    pg_temp.id('organization', 1 + (client - 1) % 312),
    pg_temp.id('client', client),
    CASE WHEN client <= 1560 AND n % 2 = 0 THEN pg_temp.id('project', client) END,
    CASE WHEN n > 17000 AND n % 3 = 0 THEN pg_temp.id('quote', n - 16000) END,
    pg_temp.id('tax', 1 + pg_temp.draw('tax rate', n, 9)),
    (CASE WHEN n > 18400 THEN 'DRAFT' WHEN n > 17400 THEN 'SENT' WHEN n % 97 = 0 THEN 'VOID' WHEN n % 89 = 0 THEN 'OVERDUE' ELSE 'PAID' END)::"InvoiceStatus",
    100 * (20 + pg_temp.draw('total', n, 48000)),
    made + interval '14 days',
    made,
    made + interval '35 minutes'
FROM generate_series(1, 18442) AS n
CROSS JOIN LATERAL (
    SELECT 1 + pg_temp.draw('invoice client', n, 2480) AS client, now() - interval '40 minutes' * (18443 - n) AS made
) AS issued
ORDER BY n;
