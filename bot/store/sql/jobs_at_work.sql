-- Whether a worker is alive: a bot that ends takes its workers' rows away, one that is killed falls silent.
SELECT EXISTS (
    SELECT FROM procrastinate_workers
    WHERE last_heartbeat > now() - make_interval(secs => %(stalled)s)
)
