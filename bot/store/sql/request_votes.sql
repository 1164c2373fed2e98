-- How people voted when it was read last.
UPDATE requests SET approved_by = %(approved_by)s, uncounted = %(uncounted)s WHERE id = %(id)s
RETURNING *
