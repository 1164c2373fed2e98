-- Keep a message for a while longer; nothing where somebody else has it by now.
UPDATE outbox SET claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE key = %(key)s AND claim = %(claim)s
