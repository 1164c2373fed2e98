-- How many backups somebody asked for since then; what failed or was stopped, and emergencies, are not counted.
SELECT count(*) FROM operations
WHERE requested_by = %(by)s AND kind = 'backup' AND created_at >= %(since)s
    AND progress <> 'failed' AND request ->> 'kind' IS DISTINCT FROM 'emergency'
