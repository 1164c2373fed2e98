-- Prices were net until now.
ALTER TABLE invoice ADD COLUMN vat_rate numeric(4, 2) NOT NULL DEFAULT 19.00;

COMMENT ON COLUMN invoice.vat_rate IS 'in percent';
