-- The state that people accepted as good, or that was moved on since.
SELECT state::text, pinned_at, pinned_by, approved_by FROM baselines WHERE database = %(database)s
