-- Ends a session without waiting for it: waiting costs a tenth of a second each.
SELECT pg_terminate_backend(%(pid)s::int)
