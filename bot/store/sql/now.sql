-- The time by the clock that all replicas share.
SELECT clock_timestamp()
