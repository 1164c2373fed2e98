-- The answer of a team's check: one row is expected, so a second is asked for.
FETCH 2 FROM secondkey_check
