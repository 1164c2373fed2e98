-- 3,210 quotes over the past year.
INSERT INTO "Quote" ("id", "organizationId", "clientId", "status", "totalCents", "validUntil", "createdAt", "updatedAt")
SELECT
    pg_temp.id('quote', n),
    pg_temp.id('organization', 1 + (client - 1) % 312),
    pg_temp.id('client', client),
    pg_temp.one_of('quote status', n, '{DRAFT,SENT,ACCEPTED,ACCEPTED,ACCEPTED,DECLINED}')::"QuoteStatus",
    1000 * (5 + pg_temp.draw('quote total', n, 9000)),
    made + interval '30 days',
    made,
    made + interval '1 day'
FROM generate_series(1, 3210) AS n
CROSS JOIN LATERAL (
    SELECT 1 + pg_temp.draw('quote client', n, 2480) AS client, now() - interval '160 minutes' * (3211 - n) AS made
) AS quoted;
