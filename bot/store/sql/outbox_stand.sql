-- It goes elsewhere, with all that belongs to its thread; nothing where it goes there already. Whoever delivers it now
-- may go on: a channel's name and its id may well mean the same one.
UPDATE outbox SET
    channel = %(channel)s,
    aside = false,
    problem = '',
    attempts = 0,
    not_before = '-infinity'
WHERE (key = %(key)s OR parent = %(key)s) AND channel <> %(channel)s
