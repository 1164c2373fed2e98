INSERT INTO freezes (scope, by, reason) VALUES (%(scope)s, %(by)s, %(reason)s)
ON CONFLICT (scope) DO NOTHING
