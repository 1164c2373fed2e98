-- The alert whose message stands there.
SELECT alerts.* FROM alerts JOIN outbox ON outbox.key = alerts.id
WHERE outbox.posted_channel = %(channel)s AND outbox.ts = %(ts)s
