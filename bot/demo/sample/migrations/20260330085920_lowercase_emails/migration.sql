-- Two spellings of one address are one person.
UPDATE "User" SET "email" = lower("email") WHERE "email" <> lower("email");

-- AlterTable
ALTER TABLE "User" ADD COLUMN "emailVerified" TIMESTAMP(3);
