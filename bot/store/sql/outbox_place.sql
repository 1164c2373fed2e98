-- Where Slack has a message; nothing while it was not posted.
SELECT posted_channel, ts FROM outbox WHERE key = %(key)s AND ts IS NOT NULL
