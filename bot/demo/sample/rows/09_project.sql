-- 1,560 projects, the first for each of as many clients.
INSERT INTO "Project" ("id", "clientId", "name", "status", "budgetCents", "hourlyCents", "createdAt", "updatedAt")
SELECT
    pg_temp.id('project', n),
    pg_temp.id('client', n),
    pg_temp.one_of('what', n, '{Website,Renovation,Brand refresh,Annual audit,Webshop,Office move,Campaign,Maintenance,Photo series,Network}')
        || ' ' || 2024 + pg_temp.draw('year', n, 3),
    pg_temp.one_of('status', n, '{PLANNED,ACTIVE,ACTIVE,ACTIVE,ON_HOLD,COMPLETED,COMPLETED}')::"ProjectStatus",
    CASE WHEN n % 3 > 0 THEN 100000 * (1 + pg_temp.draw('budget', n, 400)) END,
    500 * (15 + pg_temp.draw('hourly', n, 12)),
    now() - interval '9 hours' * (1570 - n),
    now() - interval '4 hours' * (1570 - n)
FROM generate_series(1, 1560) AS n;
