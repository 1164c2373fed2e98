-- 7,800 payments, each for one of the invoices that are paid.
INSERT INTO "Payment" ("id", "invoiceId", "method", "amountCents", "reference", "receivedAt", "createdAt")
SELECT
    pg_temp.id('payment', "number"),
    "id",
    pg_temp.one_of('method', "number", '{BANK_TRANSFER,BANK_TRANSFER,BANK_TRANSFER,CARD,DIRECT_DEBIT,CASH}')::"PaymentMethod",
    "totalCents",
    'INV-' || lpad("number"::text, 6, '0'),
    "createdAt" + interval '1 day' * (1 + pg_temp.draw('received', "number", 20)),
    "createdAt" + interval '21 days'
FROM "Invoice"
WHERE "status" = 'PAID'
ORDER BY "number" DESC
LIMIT 7800;
