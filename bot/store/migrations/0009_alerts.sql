-- What people were alerted to, and when that is to be done calmly.
CREATE TABLE alerts (
    -- that of its message
    id text PRIMARY KEY,
    -- its cause; the database as the configuration names it, empty where it is the bot itself
    matter text NOT NULL,
    database text NOT NULL,
    subject text NOT NULL,
    -- the findings, the worst first, each with when it was there last
    sightings jsonb NOT NULL,
    sure text NOT NULL,
    done jsonb NOT NULL,
    backup_id text NOT NULL,
    since timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    -- since when it counts as told; null while a maintenance window keeps it calm
    aloud_at timestamptz,
    -- not seen since then, and not over yet
    gone_at timestamptz,
    returns integer NOT NULL,
    acknowledged_by jsonb NOT NULL,
    escalations integer NOT NULL,
    escalated_at timestamptz,
    resolved_at timestamptz,
    -- the emoji to tap is below its message
    seeded boolean NOT NULL DEFAULT false
);
-- The same cause once, however many look.
CREATE UNIQUE INDEX alerts_once ON alerts (database, matter, subject) WHERE resolved_at IS NULL;
CREATE INDEX alerts_newest ON alerts (database, matter, subject, since DESC);
CREATE INDEX alerts_resolved ON alerts (resolved_at);

CREATE TABLE maintenance_windows (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- the name in the configuration, or `all`, which is reserved
    scope text NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz NOT NULL,
    -- when it was over and what still stood was told; null while it is open
    ended_at timestamptz
);
CREATE UNIQUE INDEX maintenance_windows_once ON maintenance_windows (scope) WHERE ended_at IS NULL;
