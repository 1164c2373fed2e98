-- 9,104 lines of the newest invoices: older ones were written before lines were kept.
INSERT INTO "InvoiceItem" ("id", "invoiceId", "inventoryItemId", "position", "description", "quantity", "unitCents")
SELECT
    pg_temp.id('line', n),
    pg_temp.id('invoice', 18442 - n / 2),
    CASE WHEN n % 4 = 0 THEN pg_temp.id('item', 1 + pg_temp.draw('line item', n, 1150)) END,
    1 + n % 2,
    pg_temp.one_of('line text', n, '{Consulting,Travel,Design work,Material,Installation,Hosting for one month,Copy editing,On-site support}'),
    0.25 * (1 + pg_temp.draw('line quantity', n, 160)),
    500 * (2 + pg_temp.draw('line price', n, 60))
FROM generate_series(0, 9103) AS n;
