-- It did not get through: again after a while.
UPDATE outbox SET
    unsure = %(unsure)s,
    problem = %(problem)s,
    attempts = attempts + 1,
    not_before = clock_timestamp() + make_interval(secs => %(wait)s),
    claim = NULL,
    claimed_until = '-infinity'
WHERE key = %(key)s AND claim = %(claim)s
