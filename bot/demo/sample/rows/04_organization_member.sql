-- Everybody belongs to one organisation, and 216 people help out in a second one.
INSERT INTO "OrganizationMember" ("id", "organizationId", "userId", "role", "createdAt")
SELECT
    pg_temp.id('member', n),
    pg_temp.id('organization', 1 + (CASE WHEN n <= 1204 THEN n - 1 ELSE n - 1204 + 7 END) % 312),
    pg_temp.id('user', 1 + (n - 1) % 1204),
    (CASE WHEN n <= 312 THEN 'OWNER' WHEN n % 5 = 0 THEN 'ADMIN' ELSE 'MEMBER' END)::"Role",
    now() - interval '11 hours' * (1430 - n)
FROM generate_series(1, 1420) AS n;
