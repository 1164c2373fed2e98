-- Databases on protected servers that a restore made or set aside: what may be dropped, and when.
CREATE TABLE made_databases (
    -- the operation that made it, and what it is to that operation
    operation text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('copy', 'aside')),
    -- the name in the configuration
    database text NOT NULL,
    name text NOT NULL,
    oid bigint NOT NULL,
    system_identifier text NOT NULL,
    -- what it holds: a backup's id and checksum; of a set-aside database what took its place
    source text NOT NULL,
    checksum text NOT NULL,
    -- what it says of itself, so that it is known again as one of ours; empty where it was never marked
    marker text NOT NULL DEFAULT '',
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    keep_until timestamptz NOT NULL,
    announced_at timestamptz,
    -- it is there no more, or has the live name by now
    gone_at timestamptz,
    PRIMARY KEY (operation, kind)
);
CREATE INDEX made_databases_there ON made_databases (database, made_at) WHERE gone_at IS NULL;
