-- Slack repeats a delivery for some minutes, never for a day.
DELETE FROM inbound WHERE at < clock_timestamp() - interval '1 day'
