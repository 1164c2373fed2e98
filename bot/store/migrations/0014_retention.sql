-- Which backups are kept, and which are about to go.
CREATE TABLE retention_policies (
    -- the name in the configuration
    database text PRIMARY KEY,
    -- the floors in force: only two people lower them
    policy jsonb NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What people do not let go, whatever the policy says.
CREATE TABLE backup_pins (
    backup_id text PRIMARY KEY,
    database text NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Backups whose time is over, and since when people know.
CREATE TABLE backup_ends (
    backup_id text PRIMARY KEY,
    database text NOT NULL,
    announced_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
