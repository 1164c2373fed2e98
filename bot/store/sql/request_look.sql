-- Something happened to the message of a request: Slack is to be asked how people voted.
UPDATE requests SET look_at = clock_timestamp()
WHERE channel = %(channel)s AND ts = %(ts)s AND state IN ('pending', 'approved', 'begun', 'used')
