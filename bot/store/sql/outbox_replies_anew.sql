-- What belongs to its thread goes with a message that is to be posted elsewhere, or once more.
UPDATE outbox reply SET
    channel = thread.channel,
    delivered = 0,
    posted_channel = NULL,
    ts = NULL,
    aside = false,
    unsure = false,
    claim = NULL,
    claimed_until = '-infinity'
FROM outbox thread
WHERE thread.key = %(key)s AND reply.parent = thread.key
