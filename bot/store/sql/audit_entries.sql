-- The newest entries first.
SELECT number, at, actor, action, subject, detail FROM audit_log ORDER BY number DESC LIMIT %(limit)s
