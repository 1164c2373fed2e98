"""Functions of PostgreSQL's own, and of its usual extensions, that destroy nothing.

Whatever else is called is opaque: a team's own, and what writes files, large objects or other databases.
"""

_NAMES = """
    abs acos age any_value array_agg array_append array_cat array_dims array_fill array_length array_lower
    array_ndims array_position array_positions array_prepend array_remove array_replace array_sample
    array_shuffle array_to_json array_to_string array_to_tsvector array_upper ascii asin atan atan2 avg
    bit_and bit_count bit_length bit_or bit_xor bool_and bool_or btrim cardinality cbrt ceil ceiling
    char_length character_length chr clock_timestamp coalesce col_description concat concat_ws convert
    convert_from convert_to corr cos cot count covar_pop covar_samp cume_dist current_database current_query
    current_schema current_schemas current_setting current_user currval date date_add date_bin date_part
    date_subtract date_trunc datemultirange daterange decode degrees dense_rank div encode enum_first
    enum_last enum_range every exp factorial first_value floor format format_type gcd gen_random_bytes
    gen_random_uuid gen_salt generate_series generate_subscripts get_bit get_byte greatest grouping
    has_column_privilege has_database_privilege has_function_privilege has_schema_privilege
    has_sequence_privilege has_table_privilege host initcap int4multirange int4range int8multirange
    int8range isempty isfinite json_agg json_array_elements json_array_elements_text json_array_length
    json_build_array json_build_object json_each json_each_text json_extract_path json_extract_path_text
    json_object json_object_agg json_object_keys json_populate_record json_populate_recordset
    json_strip_nulls json_to_record json_to_recordset json_typeof jsonb_agg jsonb_array_elements
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
    jsonb_each_text jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path
    jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists
    jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_populate_record
    jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record
    jsonb_to_recordset jsonb_typeof justify_days justify_hours justify_interval lag last_value lastval lcm
    lead least left length ln log log10 lower lower_inc lower_inf lpad ltrim make_date make_interval
    make_time make_timestamp make_timestamptz masklen max md5 min min_scale mod mode multirange network
    nextval now nth_value ntile nullif num_nonnulls num_nulls nummultirange numrange obj_description
    octet_length percent_rank percentile_cont percentile_disc pg_advisory_lock pg_advisory_unlock
    pg_advisory_xact_lock pg_backend_pid pg_column_size pg_database_size pg_get_constraintdef pg_get_expr
    pg_get_functiondef pg_get_indexdef pg_get_serial_sequence pg_get_triggerdef pg_get_viewdef pg_has_role
    pg_indexes_size pg_is_in_recovery pg_notify pg_relation_size pg_size_pretty pg_sleep pg_sleep_for
    pg_table_is_visible pg_table_size pg_total_relation_size pg_try_advisory_lock pg_try_advisory_xact_lock
    pg_typeof phraseto_tsquery pi plainto_tsquery point pow power quote_ident quote_literal quote_nullable
    radians random range_agg range_merge rank regexp_count regexp_instr regexp_like regexp_match
    regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx
    regr_avgy regr_count regr_intercept regr_r2 regr_slope repeat replace reverse right round row row_number
    row_to_json rpad rtrim scale session_user set_config setseed setval setweight sha224 sha256 sha384
    sha512 shobj_description sign sin split_part sqrt starts_with statement_timestamp stddev stddev_pop
    stddev_samp string_agg string_to_array string_to_table strip strpos substr sum tan text timeofday
    timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number to_regclass to_regnamespace
    to_regproc to_regrole to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp translate
    trim_scale trunc ts_headline ts_rank ts_rank_cd tsmultirange tsrange tstzmultirange tstzrange
    tsvector_to_array txid_current unistr unnest upper upper_inc upper_inf uuid_generate_v1 uuid_generate_v4
    var_pop var_samp variance version websearch_to_tsquery width_bucket xmlagg xmlcomment xmlforest xpath
"""
HARMLESS = frozenset(_NAMES.split())
