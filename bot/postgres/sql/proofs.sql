-- The tiny databases of a proof, whatever became of it, that are ours to drop.
SELECT datname::text, oid::bigint FROM pg_database
WHERE starts_with(datname, 'secondkey_proof_') AND pg_has_role(datdba, 'USAGE')
