"""What migration tools write."""

from bot.domain.sql_risk.risk import Kind
from tests.domain.sql_risk.found import found


def test_prisma_says_that_a_column_is_dropped_and_added_again() -> None:
    sql = """\
/*
  Warnings:

  - You are about to drop the column `name` on the `User` table. All the data in the column will be lost.

*/
-- DropForeignKey
ALTER TABLE "Invoice" DROP CONSTRAINT "Invoice_userId_fkey";

-- DropIndex
DROP INDEX "User_email_key";

-- AlterTable
ALTER TABLE "User" DROP COLUMN "name",
ADD COLUMN     "fullName" TEXT NOT NULL DEFAULT '',
ALTER COLUMN "createdAt" SET DEFAULT CURRENT_TIMESTAMP,
ALTER COLUMN "note" SET DATA TYPE TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "User_fullName_key" ON "User"("fullName");

-- AddForeignKey
ALTER TABLE "Invoice" ADD CONSTRAINT "f" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE;
"""
    assert found(sql) == [(Kind.DROP_COLUMN, "User.name")]


def test_prisma_says_that_an_enum_gets_other_values() -> None:
    sql = """\
-- AlterEnum
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('USER', 'ADMIN');
ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'USER';
COMMIT;
"""
    assert found(sql) == [(Kind.TYPE_CHANGE, "User.role")]


def test_tables_that_are_redefined_are_dropped() -> None:
    sql = """\
-- RedefineTables
CREATE TABLE "new_User" ("id" TEXT NOT NULL PRIMARY KEY);
INSERT INTO "new_User" ("id") SELECT "id" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
"""
    assert found(sql) == [(Kind.DROP_TABLE, "User")]


def test_an_init_that_begins_with_drops_is_told() -> None:
    sql = 'DROP TABLE IF EXISTS "User" CASCADE;\nCREATE TABLE "User" ("id" TEXT NOT NULL);'
    assert found(sql) == [(Kind.DROP_TABLE, "User")]


def test_what_alembic_writes_offline_is_read() -> None:
    sql = """\
BEGIN;

-- Running upgrade 1975ea83b712 -> ae1027a6acf

ALTER TABLE account ADD COLUMN last_transaction_date TIMESTAMP WITHOUT TIME ZONE;

ALTER TABLE account ALTER COLUMN name TYPE VARCHAR(20);

ALTER TABLE account DROP COLUMN description;

DROP TABLE audit;

UPDATE alembic_version SET version_num='ae1027a6acf' WHERE alembic_version.version_num = '1975ea83b712';

COMMIT;
"""
    assert found(sql) == [
        (Kind.TYPE_CHANGE, "account.name"),
        (Kind.DROP_COLUMN, "account.description"),
        (Kind.DROP_TABLE, "audit"),
    ]


def test_what_django_writes_is_read() -> None:
    sql = """\
BEGIN;
--
-- Alter field title on book
--
ALTER TABLE "library_book" ALTER COLUMN "title" TYPE varchar(20) USING "title"::varchar(20);
--
-- Remove field note from book
--
ALTER TABLE "library_book" DROP COLUMN "note" CASCADE;
--
-- Raw Python operation
--
-- THIS OPERATION CANNOT BE WRITTEN AS SQL
--
-- Delete model Old
--
DROP TABLE "library_old" CASCADE;
COMMIT;
"""
    assert found(sql) == [
        (Kind.TYPE_CHANGE, "library_book.title"),
        (Kind.DROP_COLUMN, "library_book.note"),
        (Kind.DROP_TABLE, "library_old"),
    ]


def test_what_flyway_fills_in_is_not_known() -> None:
    assert found("CREATE TABLE ${schema}.a (id int);\nINSERT INTO b VALUES ('${name}');") == [
        (Kind.OPAQUE, "CREATE TABLE ${schema}.a")
    ]


def test_what_pg_dump_writes_is_harmless() -> None:
    sql = """\
\\restrict X2fVx
SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.a (
    id integer NOT NULL,
    name text DEFAULT 'it''s; a'::text
);
ALTER TABLE ONLY public.a ALTER COLUMN id SET DEFAULT nextval('public.a_id_seq'::regclass);
COPY public.a (id, name) FROM stdin;
1\tO'Brien; DROP TABLE a
\\.
SELECT pg_catalog.setval('public.a_id_seq', 1, true);
ALTER TABLE ONLY public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);
\\unrestrict X2fVx
"""
    assert found(sql) == []
