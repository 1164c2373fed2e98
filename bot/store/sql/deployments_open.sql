SELECT * FROM deployments WHERE stage = 'open' ORDER BY opened_at
