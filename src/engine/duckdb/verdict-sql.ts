import {
  EMAIL_CHARS_MAX,
  EMAIL_PATTERN,
  HASH_LIKE_PATTERN,
  LOCAL_CHARS_MAX,
  SHA256_HEX_PATTERN,
  TRIM_CHARS,
} from '../../audience/email.ts'
import type { InvalidReason } from '../../audience/email.ts'
import { literal } from './sql.ts'

/** Reasons that a value can be refused for; what is wrong with a line is found by the reader. */
export const verdictReasons = [
  'blank',
  'already_hashed',
  'non_ascii',
  'too_long',
  'syntax',
  'not_a_hash',
] as const satisfies readonly InvalidReason[]

const trimmed = (value: string) => `trim(${value}, ${literal(TRIM_CHARS)})`
const matches = (value: string, pattern: string) => `regexp_full_match(${value}, ${literal(pattern)})`

/** Lengths in bytes and in characters are the same here, since the pattern matches ASCII only. */
const isEmail = (value: string) =>
  `(${matches(value, EMAIL_PATTERN)} AND strlen(${value}) <= ${EMAIL_CHARS_MAX} AND strpos(${value}, '@') <= ${LOCAL_CHARS_MAX + 1})`

/** White space that the engine's quick trimming leaves where it is. */
const OTHER_SPACE = literal('[\t\n\v\f\r\u{2028}\u{2029}\u{FEFF}]')

/**
 * Rows of one VARCHAR column `v` as columns `hash` (64 lower-case digits, or `x` for an invalid value) and `part` (its first digit,
 * or the reason): the same verdicts as `checkEmail` and `checkHash`, to the byte.
 */
export function verdictSql(rows: string, hashed: boolean): string {
  return `SELECT CASE WHEN good THEN h ELSE 'x' END AS hash,
      CASE WHEN good THEN h[1] ELSE ${reasonSql(hashed)} END AS part
    FROM (${hashSql(rows, hashed)})`
}

/**
 * Rows of one VARCHAR column `v` as `v`, its trimmed value `t`, whether it is `good`, and then its hash `h`. A value is trimmed only
 * after it failed as it is, and with all characters only if it holds one of the rare ones, since that costs as much as
 * hashing; each step is a query of its own, so that nothing is done twice. Lower-cased is only what is ASCII.
 */
export function hashSql(rows: string, hashed: boolean): string {
  const test = hashed ? (text: string) => matches(text, SHA256_HEX_PATTERN) : isEmail
  const tested = `SELECT v, ${test('v')} AS fine FROM (${rows})`
  const cut = `SELECT v, fine, CASE WHEN fine THEN v WHEN regexp_matches(v, ${OTHER_SPACE}) THEN ${trimmed('v')}
      ELSE trim(v) END AS t FROM (${tested})`
  const judged = `SELECT v, t, coalesce(fine OR ${test('t')}, false) AS good FROM (${cut})`
  return `SELECT v, t, good, ${hashed ? 'lower(t)' : 'sha256(lower(t))'} AS h FROM (${judged})`
}

/** Why a value that has no hash has none. The order is that of `checkEmail`. */
function reasonSql(hashed: boolean): string {
  const blank = `WHEN t IS NULL OR t = '' THEN 'blank'`
  if (hashed) return `CASE ${blank} ELSE 'not_a_hash' END`
  return `CASE ${blank}
      WHEN ${matches('t', HASH_LIKE_PATTERN)} THEN 'already_hashed'
      WHEN strlen(t) <> length(t) THEN 'non_ascii'
      WHEN contains(t, '@') AND (strlen(t) > ${EMAIL_CHARS_MAX} OR strpos(t, '@') > ${LOCAL_CHARS_MAX + 1})
        THEN 'too_long'
      ELSE 'syntax' END`
}
