-- Within a transaction the sessions are remembered as they were: look at them anew.
SELECT pg_stat_clear_snapshot()
