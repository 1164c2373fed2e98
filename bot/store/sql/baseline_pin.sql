-- People accepted this state as good.
INSERT INTO baselines (database, state, pinned_at, pinned_by, approved_by, saved_at, saved_by)
VALUES (
    %(database)s, %(state)s, clock_timestamp(), %(by)s, %(approved_by)s, clock_timestamp(), %(by)s
)
ON CONFLICT (database) DO UPDATE SET
    state = excluded.state, pinned_at = excluded.pinned_at, pinned_by = excluded.pinned_by,
    approved_by = excluded.approved_by, saved_at = excluded.saved_at, saved_by = excluded.saved_by
