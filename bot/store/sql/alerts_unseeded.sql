-- Open alerts whose message was posted, and lacks the emoji to tap.
SELECT alerts.id, outbox.posted_channel, outbox.ts FROM alerts JOIN outbox ON outbox.key = alerts.id
WHERE alerts.resolved_at IS NULL AND NOT alerts.seeded AND outbox.ts IS NOT NULL
ORDER BY alerts.since, alerts.id
