-- Slack had it already: what it says by now goes there as an update.
UPDATE outbox SET
    posted_channel = %(posted_channel)s, ts = %(ts)s, unsure = false, claim = NULL, claimed_until = '-infinity'
WHERE key = %(key)s AND claim = %(claim)s
