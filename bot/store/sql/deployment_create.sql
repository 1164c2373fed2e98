-- Claim the database for a deployment; refused by an index while another one stands.
INSERT INTO deployments (id, database, release, opened_by, beat_at)
VALUES (
    %(id)s, %(database)s, %(release)s, %(opened_by)s,
    CASE WHEN %(attended)s THEN clock_timestamp() END
)
RETURNING *
