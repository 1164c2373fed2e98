-- Whether an incident or an alert of a database is open.
SELECT EXISTS (SELECT FROM incidents WHERE database = %(database)s AND stage = 'open')
    OR EXISTS (SELECT FROM alerts WHERE database = %(database)s AND resolved_at IS NULL)
