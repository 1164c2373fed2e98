-- Who we are, and whether we see what other people's sessions do.
SELECT
    current_user::text,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
