-- What the newest entry should be.
SELECT number, hash FROM audit_head
