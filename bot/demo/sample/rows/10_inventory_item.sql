-- 1,150 things that are sold by the piece.
INSERT INTO "InventoryItem" ("id", "organizationId", "sku", "name", "quantity", "unitCents", "createdAt", "updatedAt")
SELECT
    pg_temp.id('item', n),
    pg_temp.id('organization', 1 + (n - 1) % 312),
    'SKU-' || lpad(n::text, 5, '0'),
    pg_temp.one_of('thing', n, '{Licence,Router,Desk lamp,Print A2,Cable 5 m,Oak panel,Gift box,Camera hire,Sensor,Paint 10 l}'),
    pg_temp.draw('quantity', n, 250),
    100 + 50 * pg_temp.draw('unit price', n, 600),
    now() - interval '5 hours' * (1160 - n),
    now() - interval '2 hours' * (1160 - n)
FROM generate_series(1, 1150) AS n;
