-- Requests for a second person: what was asked, how people voted, and that it was carried out once.

CREATE TABLE requests (
    -- also that of the operation, once approved
    id text PRIMARY KEY,
    kind text NOT NULL,
    database text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (
        state IN ('pending', 'approved', 'begun', 'used', 'denied', 'void', 'expired')
    ),
    requested_by text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    -- what people read, and what the operation is told
    plan jsonb NOT NULL,
    -- the bound facts as text, because the digest covers it as it was written
    bound text NOT NULL,
    digest text NOT NULL,
    needed integer NOT NULL CHECK (needed >= 1),
    -- the user ids behind the configured approvers when it was asked for
    approvers jsonb NOT NULL,
    approvers_shown jsonb NOT NULL,
    channel text NOT NULL,
    -- where the message that counts is: never another one, even where Slack lost it
    ts text,
    -- both emoji are below the message
    seeded boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decide_by timestamptz NOT NULL,
    -- how long the approved operation may take to start
    start_within interval NOT NULL,
    start_by timestamptz,
    decided_at timestamptz,
    vetoes jsonb NOT NULL DEFAULT '[]',
    approved_by jsonb NOT NULL DEFAULT '[]',
    uncounted jsonb NOT NULL DEFAULT '[]',
    told jsonb NOT NULL DEFAULT '[]',
    denied_by text,
    problem text NOT NULL DEFAULT '',
    notes jsonb NOT NULL DEFAULT '[]',
    -- when Slack is to be asked again how people voted; null where nothing hangs on it
    look_at timestamptz DEFAULT clock_timestamp()
);
-- A second request for a database has to wait until the first is decided and acts.
CREATE UNIQUE INDEX requests_one_open ON requests (database) WHERE state IN ('pending', 'approved', 'begun');
CREATE INDEX requests_by_message ON requests (channel, ts);
CREATE INDEX requests_due ON requests (look_at) WHERE look_at IS NOT NULL;
