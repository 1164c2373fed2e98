-- Where its message stands.
SELECT posted_channel, ts FROM outbox WHERE key = %(id)s AND ts IS NOT NULL
