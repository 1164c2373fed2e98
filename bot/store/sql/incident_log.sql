-- What the audit log has about a database from a moment on, of some actions and of all that failed: the newest, and how
-- many there are.
SELECT number, at, actor, action, subject, detail, count(*) OVER () AS matching FROM audit_log
WHERE subject IN (%(database)s, 'all', %(incident)s)
    AND (action = ANY(%(actions)s) OR action LIKE '%%.failed')
    AND at >= %(since)s AND (%(until)s::timestamptz IS NULL OR at <= %(until)s)
ORDER BY number DESC LIMIT %(limit)s
