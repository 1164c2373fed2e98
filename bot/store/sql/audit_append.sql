-- The next entry; a trigger lets it follow the head only.
INSERT INTO audit_log (number, at, actor, action, subject, detail, previous, hash)
VALUES (
    %(number)s, %(at)s::timestamptz, %(actor)s, %(action)s, %(subject)s, %(detail)s::json, %(previous)s, %(hash)s
)
