-- What a schedule began, or why it could not.
UPDATE schedule_firings SET
    operation = %(operation)s, joined = %(joined)s, problem = %(problem)s, hint = %(hint)s
WHERE schedule = %(schedule)s AND at = %(at)s
