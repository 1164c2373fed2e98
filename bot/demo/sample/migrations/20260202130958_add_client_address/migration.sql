-- AlterTable
ALTER TABLE "Client" ADD COLUMN "street" TEXT,
ADD COLUMN "postalCode" TEXT,
ADD COLUMN "city" TEXT,
ADD COLUMN "country" TEXT NOT NULL DEFAULT 'DE';
