-- Slack has it no more: it is posted again.
UPDATE outbox SET
    posted_channel = NULL, ts = NULL, unsure = false, claim = NULL, claimed_until = '-infinity'
WHERE key = %(key)s AND claim = %(claim)s
