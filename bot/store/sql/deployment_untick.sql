UPDATE deployments SET ticks = ticks - %(item)s::text
WHERE id = %(id)s AND ticks ->> %(item)s = %(by)s
RETURNING *
