-- 2,480 clients of the organisations; client n belongs to organisation 1 + (n - 1) % 312.
INSERT INTO "Client" ("id", "organizationId", "name", "email", "street", "postalCode", "city", "country", "archivedAt", "createdAt", "updatedAt")
SELECT
    pg_temp.id('client', n),
    pg_temp.id('organization', 1 + (n - 1) % 312),
    pg_temp.one_of('house', n, '{Café,Praxis,Atelier,Hotel,Bäckerei,Kanzlei,Verlag,Galerie,Werkstatt,Apotheke,Weingut,Theater}')
        || ' ' || pg_temp.one_of('of', n, '{am Markt,Sonnenhof,Lindenberg,Vier Jahreszeiten,O''Brien,Grünwald,de Vries,Santoro,Hafenblick,Rosengarten,Müller & Söhne,"Zur Post"}'),
    CASE WHEN n % 11 > 0 THEN 'office.' || n || '@example.org' END,
    pg_temp.one_of('street', n, '{Hauptstraße,Bahnhofstraße,Gartenweg,Schulgasse,Ringstraße,Kirchplatz}') || ' ' || 1 + pg_temp.draw('house number', n, 120),
    lpad((10000 + pg_temp.draw('postal code', n, 89999))::text, 5, '0'),
    pg_temp.one_of('city', n, '{Berlin,Hamburg,Leipzig,Köln,Bremen,Wien,Graz,Zürich,Basel,Lyon,Utrecht,Torino}'),
    pg_temp.one_of('country', n, '{DE,DE,DE,DE,AT,CH,FR,NL,IT}'),
    CASE WHEN n % 37 = 0 THEN now() - interval '1 day' * pg_temp.draw('archived', n, 200) END,
    now() - interval '6 hours' * (2490 - n),
    now() - interval '3 hours' * (2490 - n)
FROM generate_series(1, 2480) AS n;
