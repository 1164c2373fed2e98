-- What stands in another channel than the one where it goes by now is a message of its own in the new one.
UPDATE outbox SET
    delivered = 0,
    posted_channel = NULL,
    ts = NULL,
    unsure = false,
    claim = NULL,
    claimed_until = '-infinity'
WHERE key = %(key)s AND posted_channel <> channel
