-- The whole log in order, every value as the text that its hash was made of.
SELECT number, at::text, actor, action, subject, detail::text, previous, hash FROM audit_log ORDER BY number
