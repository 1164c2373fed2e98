-- AlterTable
ALTER TABLE "Organization" ADD COLUMN "currency" TEXT NOT NULL DEFAULT 'EUR',
ADD COLUMN "taxNumber" TEXT;
