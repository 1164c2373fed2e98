-- One subscription for each account.
INSERT INTO "Subscription" ("id", "accountId", "planId", "status", "currentPeriodEnd", "trialEndsAt", "createdAt", "updatedAt")
SELECT
    pg_temp.id('subscription', n),
    "id",
    pg_temp.id('plan', 1 + pg_temp.draw('plan', n, 4)),
    (CASE WHEN n > 300 THEN 'TRIALING' WHEN n % 41 = 0 THEN 'PAST_DUE' WHEN n % 23 = 0 THEN 'CANCELED' ELSE 'ACTIVE' END)::"SubscriptionStatus",
    now() + interval '1 day' * pg_temp.draw('period', n, 30),
    CASE WHEN n > 300 THEN now() + interval '9 days' END,
    "createdAt",
    now() - interval '1 day' * pg_temp.draw('renewed', n, 30)
FROM generate_series(1, 312) AS n
JOIN "Account" ON "id" = pg_temp.id('account', n);
