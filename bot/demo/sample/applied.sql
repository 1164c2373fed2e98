-- One migration that was applied, as Prisma writes it down.
INSERT INTO "_prisma_migrations"
    ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
VALUES (
    gen_random_uuid(), %(checksum)s, %(applied_at)s, %(name)s, %(applied_at)s - interval '80 milliseconds', 1
)
