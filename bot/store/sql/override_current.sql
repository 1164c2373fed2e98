-- The one that holds for a release now.
SELECT id, database, release, target, findings, reason, requested_by, approved_by, valid_until FROM overrides
WHERE database = %(database)s AND release = %(release)s AND used_by IS NULL AND void_because IS NULL
    AND valid_until > clock_timestamp()
ORDER BY valid_until DESC LIMIT 1
