-- What was applied: our own files, and those of the job queue's release.
CREATE TABLE IF NOT EXISTS applied_migrations (
    source text NOT NULL,
    name text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, name)
)
