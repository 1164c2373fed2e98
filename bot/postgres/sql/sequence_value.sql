-- Where one sequence is; read as a table, because the function for it keeps its lock beyond the savepoint.
SELECT {number}, CASE WHEN is_called THEN last_value END FROM {sequence}
