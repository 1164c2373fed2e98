-- What is sold.
INSERT INTO "Plan" ("id", "name", "monthlyCents", "seats", "createdAt")
SELECT pg_temp.id('plan', n), name, cents, seats, now() - interval '700 days'
FROM (VALUES
    (1, 'Solo', 900, 1),
    (2, 'Team', 2900, 5),
    (3, 'Business', 7900, 25),
    (4, 'Enterprise', 24900, NULL)
) AS sold (n, name, cents, seats);
