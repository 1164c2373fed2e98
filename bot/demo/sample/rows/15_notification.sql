-- 2,000 notes to people, most of them read.
INSERT INTO "Notification" ("userId", "subject", "readAt", "createdAt")
SELECT
    pg_temp.id('user', 1 + pg_temp.draw('whom', n, 1204)),
    pg_temp.one_of('about', n, '{An invoice was paid,A quote was accepted,An invoice is overdue,Your plan was renewed,You were invited}'),
    CASE WHEN n % 6 > 0 THEN told + interval '3 hours' END,
    told
FROM generate_series(1, 2000) AS n
CROSS JOIN LATERAL (SELECT now() - interval '3 hours' * (2001 - n) AS told) AS note
ORDER BY n;
