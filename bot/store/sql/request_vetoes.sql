-- Vetoes that were read are final, taken back or not.
UPDATE requests SET vetoes = (
    SELECT coalesce(jsonb_agg(DISTINCT veto), '[]') FROM jsonb_array_elements(vetoes || %(vetoes)s) AS veto
)
WHERE id = %(id)s
RETURNING *
