-- Ids that look like Prisma's, and a choice that is the same on every machine.
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT 'cm' || substr(md5(kind || ':' || n), 1, 23) $$;

-- A number from 0 to below `options`.
CREATE FUNCTION pg_temp.draw(kind text, n bigint, options int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT (('x' || substr(md5(kind || '/' || n), 1, 7))::bit(28)::int % options) $$;

CREATE FUNCTION pg_temp.one_of(kind text, n bigint, options text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT options[1 + pg_temp.draw(kind, n, cardinality(options))] $$;
