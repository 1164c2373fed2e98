-- Incidents, their timelines, and what was drafted about them for people outside.
CREATE TABLE incidents (
    id text PRIMARY KEY,
    -- the name in the configuration
    database text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('data-loss', 'wrong-database', 'reported')),
    stage text NOT NULL DEFAULT 'open' CHECK (stage IN ('open', 'closed')),
    what text NOT NULL,
    opened_by text NOT NULL,
    -- the alerts that belong to it
    alerts jsonb NOT NULL DEFAULT '[]',
    -- Slack's id and the name of its channel; empty while it has none, and why that is so
    channel text NOT NULL DEFAULT '',
    channel_name text NOT NULL DEFAULT '',
    no_channel text NOT NULL DEFAULT '',
    roles jsonb NOT NULL DEFAULT '{}',
    evidence jsonb,
    -- the last status update
    update text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz,
    reminded_at timestamptz,
    drafted_at timestamptz,
    closed_at timestamptz,
    closed_by text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT ''
);
-- Further alerts join the one that is open.
CREATE UNIQUE INDEX incidents_one_open ON incidents (database) WHERE stage = 'open';
CREATE INDEX incidents_newest ON incidents (database, opened_at DESC);
CREATE INDEX incidents_by_channel ON incidents (channel) WHERE channel <> '';

-- What people added to a timeline; what the bot did stands in the audit log.
CREATE TABLE incident_entries (
    incident text NOT NULL REFERENCES incidents (id),
    -- `pin:<channel>:<ts>` for a message, which is followed when it is edited or deleted
    key text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    by text NOT NULL,
    source text NOT NULL,
    text text NOT NULL,
    link text NOT NULL DEFAULT '',
    edited_at timestamptz,
    removed_at timestamptz,
    PRIMARY KEY (incident, key)
);
CREATE INDEX incident_entries_by_key ON incident_entries (key);

-- What may be said outside: sent once a person says so, word for word.
CREATE TABLE incident_drafts (
    id text PRIMARY KEY,
    incident text NOT NULL REFERENCES incidents (id),
    audience text NOT NULL CHECK (audience IN ('stakeholders', 'customers')),
    text text NOT NULL,
    drafted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_by text NOT NULL DEFAULT '',
    sent_at timestamptz
);

-- What a message in a timeline said before it was edited.
CREATE TABLE incident_entry_versions (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident text NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    until timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (incident, key) REFERENCES incident_entries (incident, key)
);
CREATE INDEX incident_entry_versions_by_incident ON incident_entry_versions (incident, key);
