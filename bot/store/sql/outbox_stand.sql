-- It goes elsewhere, whoever delivers it now, and is a message of its own there; nothing where it goes there already.
UPDATE outbox SET
    channel = %(channel)s,
    delivered = 0,
    posted_channel = NULL,
    ts = NULL,
    aside = false,
    unsure = false,
    problem = '',
    attempts = 0,
    not_before = '-infinity',
    claim = NULL,
    claimed_until = '-infinity'
WHERE key = %(key)s AND channel <> %(channel)s
