INSERT INTO overrides (id, database, release, target, findings, reason, requested_by, approved_by, valid_until)
VALUES (
    %(id)s, %(database)s, %(release)s, %(target)s, %(findings)s, %(reason)s, %(requested_by)s, %(approved_by)s,
    clock_timestamp() + %(valid_for)s
)
RETURNING valid_until
