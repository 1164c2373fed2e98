-- What the audit log has about a database from a moment on, the oldest first.
SELECT number, at, actor, action, subject, detail FROM audit_log
WHERE subject IN (%(database)s, 'all', %(incident)s)
    AND at >= %(since)s AND (%(until)s::timestamptz IS NULL OR at <= %(until)s)
ORDER BY number LIMIT %(limit)s
