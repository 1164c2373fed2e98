-- The watch over each protected database: which replica keeps it, and when it looked last.
CREATE TABLE watch (
    -- the name in the configuration
    database text PRIMARY KEY,
    -- the replica that looks, and until when no other one does
    watcher text NOT NULL,
    kept_until timestamptz NOT NULL,
    -- null where nobody looked yet
    looked_at timestamptz,
    took interval
);
