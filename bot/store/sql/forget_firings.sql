-- Fire times of long ago, but for the last one of each schedule.
DELETE FROM schedule_firings
WHERE at < clock_timestamp() - interval '30 days'
    AND EXISTS (SELECT FROM schedule_firings later WHERE later.schedule = schedule_firings.schedule AND later.at > schedule_firings.at)
