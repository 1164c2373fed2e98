-- Drills: which backups were restored to see whether they do, and in what time.
CREATE TABLE drills (
    -- that of the operation; one may restore several backups
    operation text NOT NULL,
    -- the name in the configuration
    database text NOT NULL,
    backup_id text NOT NULL,
    bytes bigint NOT NULL,
    -- of the backup, when it was drilled
    age interval NOT NULL,
    -- the longest time without a backup that is proven good; null where there was none
    gap interval,
    -- the staging server's host; empty for a throw-away cluster
    place text NOT NULL,
    -- how long the restore took; null where it did not end well
    seconds double precision,
    -- why it did not
    problem text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (operation, backup_id)
);
CREATE INDEX drills_newest ON drills (database, at DESC);
-- One running drill for a database: two would restore the same backups.
CREATE UNIQUE INDEX operations_one_drill ON operations (database)
    WHERE kind = 'drill' AND progress IN ('waiting', 'running');
