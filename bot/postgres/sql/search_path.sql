-- Where names are looked for.
SHOW search_path
