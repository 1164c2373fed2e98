-- Membership, with everything that it gives.
GRANT {role} TO {member}
