-- Made by Alembic 1.20.1: c3 and c4 follow b2, which follows a1; nothing has merged them yet.
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
INSERT INTO public.alembic_version VALUES ('c3');
INSERT INTO public.alembic_version VALUES ('c4');
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
