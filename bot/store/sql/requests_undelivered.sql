-- Requests whose message cannot be posted for good, and why.
SELECT requests.id, message.problem FROM requests
JOIN outbox message ON message.key = requests.id
WHERE requests.state = 'pending' AND requests.ts IS NULL AND message.aside
ORDER BY requests.id
