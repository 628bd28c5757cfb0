/**
 * The functions that SQL over files may call, and what is known of each: they compute from the values that they are given, and from
 * nothing else.
 *
 * It is a list of what is allowed, since one function that reads a text as SQL, a setting, the catalogue, statistics, the
 * environment or a file is enough to get around every other check. A test compares it with the functions of the engine, so that a new
 * version of it adds none unseen.
 */

/** What a function does with the texts that it is called with. */
export type FunctionKind =
  /** Gives back texts that it is called with, or values that hold them. */
  | 'passes'
  /** Changes texts so that they keep their order. */
  | 'keeps'
  /** Gives letters or codes that are no number or date to anyone. */
  | 'letters'
  /** Computes something else, and puts nothing in order. */
  | 'computes'
  /** Puts all its texts in order, and gives back some of them. */
  | 'orders'
  /** Puts its first value in order, and gives back some of it. */
  | 'orders-first'
  /** Goes by the order of its second value, and gives back the first. */
  | 'orders-second'

const PASSING = `
  any_value apply arbitrary array_agg array_apply array_cat array_concat array_distinct array_extract array_filter array_intersect
  array_pop_back array_pop_front array_append array_prepend array_push_back array_push_front array_reduce array_resize
  array_reverse array_select array_slice array_transform array_unique array_value array_where array_zip constant_or_null element_at
  filter first first_value flatten lag last last_value lead list list_any_value list_append list_apply list_cat list_concat
  list_distinct list_element list_extract list_filter list_first list_intersect list_last list_pack list_prepend
  list_reduce list_resize list_reverse list_select list_slice list_transform list_value list_where list_zip map map_concat
  map_entries map_extract map_extract_value map_from_entries map_keys map_values mode list_mode nth_value reduce remap_struct
  row struct_concat struct_extract struct_extract_at struct_insert struct_pack struct_update struct_values
  switch union_extract union_value unnest unpivot_list approx_top_k
`

const KEEPING = `
  lcase lower ltrim nfc_normalize rtrim strip_accents trim ucase upper
`

const LETTERS = `
  alias base64 error get_type hash json_group_structure json_structure json_type md5 md5_number
  md5_number_lower md5_number_upper pg_typeof sha1 sha256 st_crs struct_keys to_base64 typeof union_tag
  variant_typeof vector_type
`

const COMPUTING = `
  !__postfix !~~ !~~* % & && * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~
  abs acos acosh add age ago approx_count_distinct array_contains array_cosine_distance array_cosine_similarity
  array_cross_product array_distance array_dot_product array_has array_has_all array_has_any array_indexof
  array_inner_product array_length array_negative_dot_product array_negative_inner_product array_position
  array_to_json array_to_string array_to_string_comma_default ascii asin asinh atan atan2 atanh avg bar bin bit_and
  bit_count bit_length bit_or bit_position bit_xor bitstring bitstring_agg bool_and bool_or can_cast_implicitly
  cardinality cast_to_type cbrt ceil ceiling century char_length character_length chr concat concat_ws contains corr
  cos cosh cot count count_if count_star countif covar_pop covar_samp cume_dist current_date current_localtime
  current_localtimestamp damerau_levenshtein date_add date_diff date_part date_sub date_trunc datediff datepart
  datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade decode degrees dense_rank divide editdist3
  encode ends_with entropy enum_code enum_first enum_last enum_range enum_range_boundary epoch epoch_ms epoch_ns epoch_us
  equi_width_bins era even exp factorial favg fdiv fill floor fmod format formatreadabledecimalsize formatreadablesize format_bytes from_base64 from_binary from_hex from_json
  from_json_strict fsum gamma gcd generate_series generate_subscripts geomean geometric_mean get_bit get_current_time
  get_current_timestamp greatest_common_divisor group_concat hamming hex hour ilike_escape instr isfinite isinf isnan
  isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json json_array json_array_length json_contains
  json_exists json_extract json_extract_path json_extract_path_text json_extract_string json_group_array
  json_group_object json_keys json_merge_patch json_object json_pretty json_quote json_transform json_transform_strict
  json_valid json_value julian kahan_sum kurtosis kurtosis_pop last_day lcm least_common_multiple left left_grapheme len
  length length_grapheme levenshtein lgamma like_escape list_approx_count_distinct list_avg list_bit_and list_bit_or
  list_bit_xor list_bool_and list_bool_or list_contains list_cosine_distance list_cosine_similarity list_count
  list_distance list_dot_product list_entropy list_has list_has_all list_has_any list_indexof list_inner_product
  list_kurtosis list_kurtosis_pop list_negative_dot_product list_negative_inner_product list_position list_product
  list_sem list_skewness list_stddev_pop list_stddev_samp list_string_agg list_sum list_unique list_var_pop list_var_samp listagg
  ln log log10 log2 lpad make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz
  make_type map_contains map_contains_entry map_contains_value mean microsecond millennium millisecond minute
  mismatches mod month monthname multiply nanosecond nextafter normalized_interval not_ilike_escape not_like_escape now ntile
  nullif octet_length ord parse_dirname parse_dirpath parse_filename parse_formatted_bytes parse_path percent_rank pi
  position pow power prefix printf product quarter radians range rank rank_dense regexp_escape regexp_extract
  regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table
  regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace
  replace_type reverse right right_grapheme round round_even roundbankers row_number row_to_json rpad second sem
  set_bit sign signbit sin sinh skewness split split_part sqrt st_asbinary st_astext st_aswkb st_aswkt st_geomfromwkb
  st_intersects_extent st_setcrs starts_with stddev stddev_pop stddev_samp str_split str_split_regex strftime
  string_agg string_split string_split_regex string_to_array strlen strpos strptime struct_contains struct_has
  struct_indexof struct_position substr substring substring_grapheme subtract suffix sum sumkahan tan tanh time_bucket
  timezone timezone_hour timezone_minute to_base to_binary to_centuries to_days to_decades to_hex to_hours to_json
  to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks
  to_years today transaction_timestamp translate trunc try_strptime unbin unhex unicode url_decode url_encode
  uuid_extract_timestamp uuid_extract_version var_pop var_samp variance variant_extract wavg week weekday weekofyear
  weighted_avg xor year yearweek
`

const ORDERING = `
  array_grade_up array_reverse_sort array_sort create_sort_key grade_up greatest histogram
  histogram_exact least list_grade_up list_histogram list_reverse_sort list_sort
`

const ORDERING_FIRST = `
  approx_quantile list_max list_median list_min mad list_mad max median min quantile quantile_cont quantile_disc
`

const ORDERING_SECOND = `
  arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin max_by min_by
`

/** Functions that apply another one, by its name, to a list; and those that hand on a state of one. */
export const APPLYING: ReadonlySet<string> = new Set(
  'aggregate array_aggr array_aggregate list_aggr list_aggregate'.split(' '),
)
const OF_STATES = 'combine finalize'
/** Has a name of its own in a plan alone. */
const OF_PLANS = '->'

const KINDS = new Map<string, FunctionKind>(
  (
    [
      [PASSING, 'passes'],
      [KEEPING, 'keeps'],
      [LETTERS, 'letters'],
      [COMPUTING, 'computes'],
      [ORDERING, 'orders'],
      [ORDERING_FIRST, 'orders-first'],
      [ORDERING_SECOND, 'orders-second'],
      [OF_STATES, 'orders'],
      [OF_PLANS, 'computes'],
    ] as const
  ).flatMap(([names, kind]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, FunctionKind] => [name, kind]),
  ),
)

/** Give other values on every call, and so would choose other members on every run of the same query. */
export const VOLATILE: ReadonlySet<string> = new Set(
  'gen_random_uuid random reservoir_quantile uuid uuidv4 uuidv7'.split(' '),
)

/** All that may be called, in lower case. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  [...KINDS.keys(), ...APPLYING].filter((name) => name !== OF_PLANS),
)

/**
 * Table functions that only make rows. All others read files, describe the machine or change how the engine works: one of
 * them, called with a path, even ends the process. None is needed, since the rows are in the table `input`.
 */
export const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest', 'repeat'])

/** The kind of a function; null for one that is not known, and for one that applies another. */
export function kindOf(name: string): FunctionKind | null {
  const key = name.toLowerCase()
  // Collations are functions that make keys to sort by.
  return KINDS.get(key) ?? (key.startsWith('icu_collate_') || key === 'icu_sort_key' ? 'keeps' : null)
}

/** Functions that take texts for places in time or for numbers, and so may be called with any spelling of one. */
export const CALCULATING: ReadonlySet<string> = new Set(
  `+ - * / // % add age date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc divide
  last_day multiply subtract time_bucket to_days to_hours to_minutes to_months to_seconds to_weeks to_years`.split(
    /\s+/,
  ),
)

/** Functions that make texts of all that they are given. */
export const COMPOSING: ReadonlySet<string> = new Set(
  `|| array_to_json array_to_string array_to_string_comma_default concat concat_ws error format group_concat hash json_array
  json_group_array json_group_object json_object json_quote len listagg printf row_to_json string_agg to_json`.split(
    /\s+/,
  ),
)

/** Functions whose value tells how a number is written, though it is no text. */
export const SPELLING: ReadonlySet<string> = new Set(['hash', 'create_sort_key', 'md5_number'])

/** Functions that compare what they are given with what lies in a list, a map or a row. */
export const SEARCHING: ReadonlySet<string> = new Set(
  `&& <@ @> array_contains array_has array_has_all array_has_any array_indexof array_position contains list_contains list_has
  list_has_all list_has_any list_indexof list_position map_contains map_contains_entry map_contains_value
  struct_contains struct_has struct_indexof struct_position`.split(/\s+/),
)
