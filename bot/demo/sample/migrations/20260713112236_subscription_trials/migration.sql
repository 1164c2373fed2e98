-- AlterTable
ALTER TABLE "Subscription" ADD COLUMN "trialEndsAt" TIMESTAMP(3);

-- Whoever tries it now has two weeks from the day of signing up.
UPDATE "Subscription" SET "trialEndsAt" = "createdAt" + interval '14 days' WHERE "status" = 'TRIALING';
