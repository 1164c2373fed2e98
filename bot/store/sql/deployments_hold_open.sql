-- Nobody else closes a window before this transaction ends.
SELECT FROM deployments WHERE stage = 'open' ORDER BY id FOR UPDATE
