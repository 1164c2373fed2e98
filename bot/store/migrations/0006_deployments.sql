-- Deployments from the gate to their closing report; what keeps them from beginning, and what lets them begin.
CREATE TABLE deployments (
    -- that of the operation that started it, and of its message
    id text PRIMARY KEY,
    -- the name in the configuration
    database text NOT NULL,
    release text NOT NULL,
    opened_by text NOT NULL,
    stage text NOT NULL DEFAULT 'gate' CHECK (
        stage IN ('gate', 'blocked', 'failed', 'open', 'closed', 'aborted', 'expired', 'lost')
    ),
    light text CHECK (light IN ('clear', 'second-person', 'blocked', 'overridden')),
    -- the critical findings at the gate: their codes and subjects
    findings jsonb NOT NULL DEFAULT '[]',
    -- what two people let it bring about, likewise
    meant jsonb NOT NULL DEFAULT '[]',
    backup_id text NOT NULL DEFAULT '',
    -- the request by which it was overridden
    override text NOT NULL DEFAULT '',
    overridden_by jsonb NOT NULL DEFAULT '[]',
    title text NOT NULL DEFAULT '',
    lines jsonb NOT NULL DEFAULT '[]',
    -- who or what ticked which item of the checklist
    ticks jsonb NOT NULL DEFAULT '{}',
    outcome jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    opened_at timestamptz,
    expires_at timestamptz,
    closed_at timestamptz,
    -- when the process that runs the release said that it lives; null where a person closes the window
    beat_at timestamptz
);
-- One deployment of a database at a time, whoever starts it.
CREATE UNIQUE INDEX deployments_one_at_a_time ON deployments (database) WHERE stage IN ('gate', 'open');
CREATE INDEX deployments_newest ON deployments (database, created_at DESC);

-- How a database stood right before a release; large, and only asked for when its window closes.
CREATE TABLE deployment_starts (
    deployment text PRIMARY KEY REFERENCES deployments (id),
    state jsonb NOT NULL,
    -- as pg_dump writes it; empty where it could not be written
    schema text NOT NULL
);

CREATE TABLE freezes (
    -- the name in the configuration, or `all`, which is reserved
    scope text PRIMARY KEY,
    by text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What two people said may begin although the gate says no: for one release, and once.
CREATE TABLE overrides (
    -- that of the request
    id text PRIMARY KEY,
    database text NOT NULL,
    release text NOT NULL,
    -- the very database that they meant
    target jsonb NOT NULL,
    findings jsonb NOT NULL,
    reason text NOT NULL,
    requested_by text NOT NULL,
    approved_by jsonb NOT NULL,
    valid_until timestamptz NOT NULL,
    -- the deployment that it opened, or why it never will
    used_by text,
    void_because text
);
CREATE INDEX overrides_newest ON overrides (database, release, valid_until DESC);
