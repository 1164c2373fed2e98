-- Names are found again where the settings of the login and of the database say.
SET LOCAL search_path TO DEFAULT
