-- Counts that no baseline is compared with any more.
DELETE FROM baseline_counts WHERE day < (clock_timestamp() - interval '8 days')::date
