-- The operation failed; nothing where another attempt runs it by now.
UPDATE operations SET
    progress = 'failed', problem = %(problem)s, hint = %(hint)s,
    refused = %(refused)s, stopped = %(stopped)s, finished_at = clock_timestamp()
WHERE id = %(id)s AND attempt = %(token)s AND progress = 'running'
