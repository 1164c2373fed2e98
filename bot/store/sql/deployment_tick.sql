UPDATE deployments SET ticks = ticks || jsonb_build_object(%(item)s::text, %(by)s::text)
WHERE id = %(id)s AND NOT ticks ? %(item)s
RETURNING *
