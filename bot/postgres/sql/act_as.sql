-- Until the transaction ends, what is created belongs to this role.
SET LOCAL ROLE {role}
