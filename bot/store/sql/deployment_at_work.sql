SELECT stage = 'open' AND beat_at > clock_timestamp() - make_interval(secs => %(doubt)s)
FROM deployments WHERE id = %(id)s
