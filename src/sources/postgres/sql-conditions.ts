/**
 * PostgreSQL's names of conditions that a segment may meet in its rows. The server's own texts of these quote values.
 */
export const sqlConditions: Readonly<Record<string, string>> = {
  '0A000': 'feature_not_supported',
  '21000': 'cardinality_violation',
  '22001': 'string_data_right_truncation',
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22008': 'datetime_field_overflow',
  '22012': 'division_by_zero',
  '22021': 'character_not_in_repertoire',
  '22023': 'invalid_parameter_value',
  '2202E': 'array_subscript_error',
  '22P02': 'invalid_text_representation',
  '22P05': 'untranslatable_character',
  '23514': 'check_violation',
  '25006': 'read_only_sql_transaction',
  '54000': 'program_limit_exceeded',
  '55P03': 'lock_not_available',
  '58P01': 'undefined_file',
  XX000: 'internal_error',
  XX001: 'data_corrupted',
  XX002: 'index_corrupted',
};
