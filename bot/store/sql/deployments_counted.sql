-- The last deployments whose rows were counted on both sides, the oldest first.
SELECT release, before, after FROM (
    SELECT release, closed_at, outcome -> 'counts' -> 'before' AS before, outcome -> 'counts' -> 'after' AS after
    FROM deployments
    WHERE database = %(database)s AND outcome ->> 'counts' IS NOT NULL
    ORDER BY closed_at DESC
    LIMIT %(limit)s
) newest
ORDER BY closed_at
