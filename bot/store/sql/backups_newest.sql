-- The newest backup of each database; where only good ones are asked for, the newest that may be one.
SELECT DISTINCT ON (database) manifest::text, proof::text FROM backups
WHERE NOT %(good)s OR (
    manifest ->> 'kind' <> 'emergency' AND proof ->> 'level' = 'restore-tested'
    AND proof ->> 'health' = 'healthy' AND proof ->> 'corrupt' = ''
)
ORDER BY database, created_at DESC, id DESC
