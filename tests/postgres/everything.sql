-- A database with a little of everything that an archive can hold, to be run by a superuser.
CREATE ROLE app; CREATE ROLE rep; CREATE ROLE readonly IN ROLE rep; CREATE ROLE boss SUPERUSER;
CREATE SCHEMA "my schema" AUTHORIZATION rep;
CREATE SCHEMA ext;
CREATE TABLE "my schema"."my table" (id serial PRIMARY KEY, x text);
INSERT INTO "my schema"."my table" (x) SELECT repeat(md5(n::text), 10) FROM generate_series(1, 2000) n;
ALTER TABLE "my schema"."my table" OWNER TO rep;
-- Extensions, one that needs another, and grants on what they brought.
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION earthdistance SCHEMA ext CASCADE;
CREATE EXTENSION postgres_fdw;
GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO app;
COMMENT ON EXTENSION plpgsql IS 'ours';
-- Grants by somebody else than the owner, on one column, on a language, by default.
GRANT USAGE ON SCHEMA "my schema" TO app;
GRANT SELECT ON "my schema"."my table" TO app WITH GRANT OPTION;
SET SESSION AUTHORIZATION app;
GRANT SELECT ON "my schema"."my table" TO readonly;
RESET SESSION AUTHORIZATION;
GRANT SELECT (id) ON "my schema"."my table" TO app;
GRANT USAGE ON LANGUAGE plpgsql TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA "my schema" GRANT SELECT ON TABLES TO readonly;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO app;
COMMENT ON SCHEMA public IS 'ours';
-- Large objects.
DO $$ BEGIN EXECUTE format('ALTER LARGE OBJECT %s OWNER TO app', lo_from_bytea(0, 'contract')); END $$;
SELECT lo_from_bytea(0, 'another');
-- What only a superuser may make.
CREATE FUNCTION noticed() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER audit_ddl ON ddl_command_end EXECUTE FUNCTION noticed();
COMMENT ON EVENT TRIGGER audit_ddl IS 'who changed it';
CREATE PUBLICATION everything FOR ALL TABLES;
-- Other servers.
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere.invalid');
CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'x', password 'secret');
CREATE FOREIGN TABLE far_away (a int) SERVER far;
ALTER SERVER far OWNER TO rep;
-- Types, columns, sequences.
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN short AS text CHECK (length(value) < 100);
ALTER TYPE mood OWNER TO rep;
CREATE TABLE typed (a ext.citext, b int GENERATED ALWAYS AS IDENTITY, m mood, s short, t tsvector);
INSERT INTO typed VALUES ('A', DEFAULT, 'good', 'x', 'fat cat');
CREATE SEQUENCE down INCREMENT -1;
SELECT nextval('down');
-- Row-level security that holds for the owner too, and a view kept of it by somebody who sees all.
CREATE TABLE secured (id int PRIMARY KEY, tenant text);
INSERT INTO secured SELECT n, 'tenant ' || n % 3 FROM generate_series(1, 50) n;
ALTER TABLE secured OWNER TO app;
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
ALTER TABLE secured FORCE ROW LEVEL SECURITY;
CREATE POLICY theirs ON secured TO readonly USING (tenant = 'tenant 1');
CREATE MATERIALIZED VIEW tenants AS SELECT tenant, count(*) FROM secured GROUP BY tenant;
CREATE MATERIALIZED VIEW never AS SELECT 1 AS one WITH NO DATA;
CREATE VIEW all_of_them AS SELECT * FROM secured;
-- Partitions, inheritance, an unlogged table, statistics, rules, triggers, text search, a collation.
CREATE TABLE parted (a int, b text) PARTITION BY LIST (b);
CREATE TABLE parted_x PARTITION OF parted FOR VALUES IN ('x', 'y');
INSERT INTO parted VALUES (1, 'x'), (2, 'y');
CREATE TABLE child () INHERITS (typed);
CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS a;
CREATE STATISTICS together ON a, b FROM parted;
CREATE INDEX ON secured (tenant);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := 'changed'; RETURN NEW; END $$;
CREATE TRIGGER stamped BEFORE INSERT ON "my schema"."my table" FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TEXT SEARCH CONFIGURATION words (COPY = english);
CREATE COLLATION plain (LOCALE = 'C.UTF-8');
CREATE TABLE collated (a text COLLATE plain);
-- Names that need care.
CREATE TABLE "it's ""quoted"" 🗝️
on two lines" ("a b" int);
INSERT INTO "it's ""quoted"" 🗝️
on two lines" VALUES (1);
-- The bot's own mark.
CREATE SCHEMA secondkey CREATE TABLE marker (id text);
INSERT INTO secondkey.marker VALUES ('m');
