-- What a team's check may see beside tables, and where its names are looked for; until the savepoint ends.
SELECT set_config(ours.name, ours.value, true)
FROM (VALUES ('search_path', %(path)s::text), ('restrict_nonsystem_relation_kind', '')) AS ours (name, value)
JOIN pg_settings known ON known.name = ours.name
