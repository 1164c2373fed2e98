-- The bot's own state: operations, audit log, catalogue, baselines, messages to Slack, and small facts.

CREATE TABLE operations (
    id text PRIMARY KEY,
    kind text NOT NULL,
    database text NOT NULL,
    progress text NOT NULL DEFAULT 'waiting' CHECK (progress IN ('waiting', 'running', 'done', 'failed')),
    requested_by text NOT NULL,
    request jsonb NOT NULL,
    result jsonb NOT NULL DEFAULT '{}',
    problem text NOT NULL DEFAULT '',
    hint text NOT NULL DEFAULT '',
    -- the code of the refusal that it ended with, if it was one
    refused text NOT NULL DEFAULT '',
    -- it was ended because Secondkey was
    stopped boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    -- the token of the attempt that runs it, and how many there were
    attempt text,
    attempts integer NOT NULL DEFAULT 0,
    -- the last sign of life of whoever runs it, or is about to
    heartbeat timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX operations_by_age ON operations (created_at);
CREATE INDEX operations_of_database ON operations (database, created_at);
CREATE INDEX operations_open ON operations (heartbeat) WHERE progress IN ('waiting', 'running');
-- One running backup for a database; an emergency one never waits for another.
CREATE UNIQUE INDEX operations_one_backup ON operations (database)
    WHERE kind = 'backup' AND progress IN ('waiting', 'running') AND request ->> 'kind' IS DISTINCT FROM 'emergency';

-- `detail` is json and not jsonb: the chain of hashes covers its text as it was written.
CREATE TABLE audit_log (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail json NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL
);
-- The newest entry, kept apart, so that a log whose end was cut off is noticed.
CREATE TABLE audit_head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    number bigint NOT NULL,
    hash text NOT NULL
);
INSERT INTO audit_head (number, hash) VALUES (0, repeat('0', 64));

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_log_is_never_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
-- Only an entry that follows moves the head: the update then comes from within a trigger.
CREATE TRIGGER audit_head_moves_with_the_log BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_is_never_emptied BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE audit_head SET number = NEW.number, hash = NEW.hash
        WHERE number = NEW.number - 1 AND hash = NEW.previous;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'entry % does not follow the head of the audit log', NEW.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_log_grows_at_its_head BEFORE INSERT ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_follow();

-- What the repository holds; it can be rebuilt from there alone.
CREATE TABLE backups (
    id text PRIMARY KEY,
    database text NOT NULL,
    created_at timestamptz NOT NULL,
    manifest jsonb NOT NULL,
    proof jsonb NOT NULL
);
CREATE INDEX backups_by_age ON backups (created_at, id);

CREATE TABLE baselines (
    database text PRIMARY KEY,
    state jsonb NOT NULL,
    pinned_at timestamptz NOT NULL,
    pinned_by text NOT NULL,
    saved_at timestamptz NOT NULL,
    saved_by text NOT NULL
);
-- The highest count of each table that a baseline had on a day.
CREATE TABLE baseline_counts (
    database text NOT NULL,
    day date NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    rows bigint NOT NULL,
    PRIMARY KEY (database, day, schema, name)
);

-- Messages to Slack: one for a key, posted once and updated in place afterwards.
CREATE SEQUENCE outbox_number;
CREATE TABLE outbox (
    key text PRIMARY KEY,
    -- the order within the channel
    number bigint NOT NULL DEFAULT nextval('outbox_number'),
    channel text NOT NULL,
    text text NOT NULL,
    blocks jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    delivered integer NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    -- where Slack has it
    posted_channel text,
    ts text,
    method text NOT NULL GENERATED ALWAYS AS (CASE WHEN ts IS NULL THEN 'post' ELSE 'update' END) STORED,
    -- Slack refuses it for good, until something newer is to be shown
    aside boolean NOT NULL DEFAULT false,
    problem text NOT NULL DEFAULT '',
    pending boolean NOT NULL GENERATED ALWAYS AS (delivered < version AND NOT aside) STORED,
    -- whoever delivers it now, and until when nobody else does
    claim text,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    -- it was begun to be posted, and nobody knows whether Slack has it
    unsure boolean NOT NULL DEFAULT false,
    begun_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX outbox_pending ON outbox (channel, number) WHERE pending;
-- When a channel takes the next message; posts and updates have limits of their own.
CREATE TABLE outbox_lanes (
    channel text NOT NULL,
    method text NOT NULL,
    next_at timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (channel, method)
);

-- What people sent, so that a second delivery of it does nothing.
CREATE TABLE inbound (
    key text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX inbound_by_age ON inbound (at);

CREATE TABLE facts (
    name text PRIMARY KEY,
    value jsonb NOT NULL
);

-- Fire times that were acted on, whichever replica did it.
CREATE TABLE schedule_firings (
    schedule text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (schedule, at)
);
