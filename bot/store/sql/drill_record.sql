-- What came of a drill; where an attempt is repeated, the last one counts.
INSERT INTO drills (operation, database, backup_id, bytes, age, gap, place, seconds, problem, at)
VALUES (
    %(operation)s, %(database)s, %(backup_id)s, %(bytes)s, %(age)s, %(gap)s, %(place)s, %(seconds)s,
    %(problem)s, %(at)s
)
ON CONFLICT (operation, backup_id) DO UPDATE SET
    age = excluded.age, gap = excluded.gap, place = excluded.place, seconds = excluded.seconds,
    problem = excluded.problem, at = excluded.at
