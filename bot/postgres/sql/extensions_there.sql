-- Which of these extensions are installed beside the server, and whether only a superuser may create them.
SELECT v.name::text, v.superuser AND NOT v.trusted
FROM pg_available_extension_versions v
JOIN pg_available_extensions e ON e.name = v.name AND e.default_version = v.version
WHERE v.name = ANY (%(names)s::text[])
