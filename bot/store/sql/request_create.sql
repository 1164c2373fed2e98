-- Record a request; refused by an index where another one of the database is open.
INSERT INTO requests (
    id, kind, database, requested_by, reason, plan, bound, digest, needed, approvers, approvers_shown, channel,
    decide_by, start_within
) VALUES (
    %(id)s, %(kind)s, %(database)s, %(requested_by)s, %(reason)s, %(plan)s, %(bound)s, %(digest)s, %(needed)s,
    %(approvers)s, %(approvers_shown)s, %(channel)s, clock_timestamp() + %(decide_within)s, %(start_within)s
)
RETURNING *
