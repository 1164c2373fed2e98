-- The process that runs the release lives.
UPDATE deployments SET beat_at = clock_timestamp() WHERE id = %(id)s AND stage IN ('gate', 'open')
