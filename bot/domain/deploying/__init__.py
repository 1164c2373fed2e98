"""The deployment gate: whether a release may touch the database now, and what it did to it."""
