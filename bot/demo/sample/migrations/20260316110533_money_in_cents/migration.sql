/*
  Warnings:

  - You are about to drop the columns that hold money as floating point numbers. Their values are carried over.

*/
-- AlterTable
ALTER TABLE "Invoice" ADD COLUMN "totalCents" INTEGER;
ALTER TABLE "Quote" ADD COLUMN "totalCents" INTEGER;
ALTER TABLE "Payment" ADD COLUMN "amountCents" INTEGER;
ALTER TABLE "Plan" ADD COLUMN "monthlyCents" INTEGER;
ALTER TABLE "InventoryItem" ADD COLUMN "unitCents" INTEGER;
ALTER TABLE "InvoiceItem" ADD COLUMN "unitCents" INTEGER;

-- Carry over
UPDATE "Invoice" SET "totalCents" = round("total" * 100);
UPDATE "Quote" SET "totalCents" = round("total" * 100);
UPDATE "Payment" SET "amountCents" = round("amount" * 100);
UPDATE "Plan" SET "monthlyCents" = round("monthlyPrice" * 100);
UPDATE "InventoryItem" SET "unitCents" = round("unitPrice" * 100);
UPDATE "InvoiceItem" SET "unitCents" = round("unitPrice" * 100);

-- AlterTable
ALTER TABLE "Invoice" ALTER COLUMN "totalCents" SET NOT NULL, DROP COLUMN "total";
ALTER TABLE "Quote" ALTER COLUMN "totalCents" SET NOT NULL, DROP COLUMN "total";
ALTER TABLE "Payment" ALTER COLUMN "amountCents" SET NOT NULL, DROP COLUMN "amount";
ALTER TABLE "Plan" ALTER COLUMN "monthlyCents" SET NOT NULL, DROP COLUMN "monthlyPrice";
ALTER TABLE "InventoryItem" ALTER COLUMN "unitCents" SET NOT NULL, DROP COLUMN "unitPrice";
ALTER TABLE "InvoiceItem" ALTER COLUMN "unitCents" SET NOT NULL, DROP COLUMN "unitPrice";
