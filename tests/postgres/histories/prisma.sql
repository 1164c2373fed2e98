-- Made by Prisma 6.19.3: `migrate deploy` of 1_init, 2_users and 3_quotes, which failed.
CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);
INSERT INTO public._prisma_migrations VALUES ('2bbd6a63-4c0f-4b63-ab27-7e3aa61078fb', '4008895e6d3eda81b38da6b0f5443cecb9177b8d8e9aee2559b4c50314a2c1d9', '2026-11-24 21:24:49.233+00', '1_init', NULL, NULL, '2026-11-24 21:24:49.229+00', 1);
INSERT INTO public._prisma_migrations VALUES ('6f996d74-1a0a-4978-bfbe-e9822f7bf850', 'f781b0dcf389b53ecd70f0dcf458c41a0ea84c102b14fbd851a23c5649f05719', '2026-11-24 21:24:49.235+00', '2_users', NULL, NULL, '2026-11-24 21:24:49.234+00', 1);
INSERT INTO public._prisma_migrations VALUES ('d6575a55-1c1e-4962-8007-5f9cb819c3b9', 'ab4752d806a20ffa5915797db45c3cf679adf7910e241edf77c7ec2834474df4', NULL, '3_quotes', 'external connector error
Error querying the database: ERROR: relation "t2_users" already exists
   0: sql_schema_connector::apply_migration::apply_script
           with migration_name="3_quotes"
             at schema-engine/connectors/sql-schema-connector/src/apply_migration.rs:113
   1: schema_commands::commands::apply_migrations::Applying migration
           with migration_name="3_quotes"
             at schema-engine/commands/src/commands/apply_migrations.rs:95
   2: schema_engine_wasm::wasm::engine::ApplyMigrations
             at schema-engine/schema-engine-wasm/src/wasm/engine.rs:167', NULL, '2026-11-24 21:24:49.236+00', 0);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);
