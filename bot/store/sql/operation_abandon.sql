-- Close an operation that nobody will ever run.
UPDATE operations SET
    progress = 'failed', attempt = NULL, problem = %(problem)s, hint = %(hint)s, finished_at = clock_timestamp()
WHERE id = %(id)s
