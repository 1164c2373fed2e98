-- Whether sessions leave their change counters behind before they are gone: since 15, where nobody turned that off.
SELECT current_setting('server_version_num')::int >= 150000 AND current_setting('track_counts')::boolean
