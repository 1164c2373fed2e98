-- From now on these are in force.
INSERT INTO retention_policies (database, policy) VALUES (%(database)s, %(policy)s)
ON CONFLICT (database) DO UPDATE SET policy = excluded.policy, since = clock_timestamp()
