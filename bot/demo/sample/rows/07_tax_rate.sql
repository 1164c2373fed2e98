-- Value added tax where the customers are.
INSERT INTO "TaxRate" ("id", "country", "name", "percent", "createdAt")
SELECT pg_temp.id('tax', n), country, name, percent, now() - interval '310 days'
FROM (VALUES
    (1, 'DE', 'Regelsatz', 19.00), (2, 'DE', 'Ermäßigt', 7.00), (3, 'AT', 'Normalsatz', 20.00),
    (4, 'CH', 'Normalsatz', 8.10), (5, 'FR', 'Taux normal', 20.00), (6, 'NL', 'Hoog tarief', 21.00),
    (7, 'GB', 'Standard rate', 20.00), (8, 'IT', 'Aliquota ordinaria', 22.00), (9, 'DE', 'Steuerfrei', 0.00)
) AS rates (n, country, name, percent);
