-- The operation is done; nothing where another attempt runs it by now.
UPDATE operations SET progress = 'done', result = %(result)s, finished_at = clock_timestamp()
WHERE id = %(id)s AND attempt = %(token)s AND progress = 'running'
