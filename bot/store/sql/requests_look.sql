-- Nobody knows what was missed: Slack is to be asked about every open request.
UPDATE requests SET look_at = clock_timestamp() WHERE state IN ('pending', 'approved', 'begun')
