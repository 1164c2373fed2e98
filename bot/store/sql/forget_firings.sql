-- Fire times of long ago.
DELETE FROM schedule_firings WHERE at < clock_timestamp() - interval '30 days'
