SELECT * FROM incidents WHERE stage = 'open' ORDER BY opened_at
