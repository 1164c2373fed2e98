-- Remember where the messages of requests were posted: what is posted later under the same key is another one.
UPDATE requests SET ts = message.ts
FROM outbox message
WHERE requests.ts IS NULL AND requests.state = 'pending'
    AND message.key = requests.id AND message.ts IS NOT NULL AND message.posted_channel = requests.channel
