-- A Flyway history, in the order in which it was written.
SELECT version::text, description::text, type::text, script::text, checksum::text, success::boolean
FROM {table}
ORDER BY installed_rank::bigint
