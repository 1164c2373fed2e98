-- Approved requests whose operation ended before it acted, and how it ended.
SELECT requests.id, operations.problem FROM requests
JOIN operations USING (id)
WHERE requests.state IN ('approved', 'begun') AND operations.progress IN ('done', 'failed')
ORDER BY requests.id
