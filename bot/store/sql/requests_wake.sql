-- Let whoever looks after requests do it now.
SELECT pg_notify('secondkey_requests', '')
