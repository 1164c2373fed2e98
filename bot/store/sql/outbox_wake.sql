-- Let whoever delivers look now.
SELECT pg_notify('secondkey_outbox', '')
