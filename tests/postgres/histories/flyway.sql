-- As Flyway Community writes it on PostgreSQL (flyway-database-postgresql 10): by hand, for it needs Java.
CREATE TABLE public.flyway_schema_history (
    installed_rank integer NOT NULL,
    version character varying(50),
    description character varying(200) NOT NULL,
    type character varying(20) NOT NULL,
    script character varying(1000) NOT NULL,
    checksum integer,
    installed_by character varying(100) NOT NULL,
    installed_on timestamp without time zone DEFAULT now() NOT NULL,
    execution_time integer NOT NULL,
    success boolean NOT NULL
);
ALTER TABLE ONLY public.flyway_schema_history
    ADD CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank);
CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history USING btree (success);
INSERT INTO public.flyway_schema_history VALUES (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '"public"', NULL, 'app', '2025-10-08 19:10:00', 0, true);
INSERT INTO public.flyway_schema_history VALUES (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, 'app', '2025-10-08 19:10:00', 0, true);
INSERT INTO public.flyway_schema_history VALUES (2, '2', 'users', 'SQL', 'V2__users.sql', -1293430446, 'app', '2025-10-08 19:11:00', 15, true);
INSERT INTO public.flyway_schema_history VALUES (3, '10', 'add vat', 'SQL', 'later/V10__add_vat.sql', 627814292, 'app', '2025-10-08 19:12:00', 8, true);
INSERT INTO public.flyway_schema_history VALUES (4, '11', 'Cleanup', 'JDBC', 'db.migration.V11__Cleanup', NULL, 'app', '2025-10-08 19:13:00', 9, true);
INSERT INTO public.flyway_schema_history VALUES (5, NULL, 'views', 'SQL', 'R__views.sql', 825511842, 'app', '2025-10-08 19:14:00', 5, true);
INSERT INTO public.flyway_schema_history VALUES (6, NULL, 'views', 'SQL', 'R__views.sql', 1330129101, 'app', '2025-10-08 19:15:00', 5, true);
