-- A sign of life of the attempt that runs the operation; nothing where another one does by now.
UPDATE operations SET heartbeat = clock_timestamp()
WHERE id = %(id)s AND attempt = %(token)s AND progress = 'running'
