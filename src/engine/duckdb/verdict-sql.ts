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

/**
 * Rows of one VARCHAR column `v` as columns `hash` (64 lower-case digits, or `x` for an invalid value) and `part` (its first digit,
 * or the reason): the same verdicts as `checkEmail` and `checkHash`, to the byte. A value is trimmed only after it failed as it
 * is, since trimming costs as much as hashing, and lower-cased only once it is known to be ASCII.
 */
export function verdictSql(rows: string, hashed: boolean): string {
  return `SELECT coalesce(h, 'x') AS hash, CASE WHEN h IS NOT NULL THEN h[1] ELSE ${reasonSql(hashed)} END AS part
    FROM (SELECT v, ${hashSql('v', hashed)} AS h FROM (${rows}))`
}

/** The hash of a value, or NULL. */
export function hashSql(value: string, hashed: boolean): string {
  const test = hashed ? (text: string) => matches(text, SHA256_HEX_PATTERN) : isEmail
  const checked = `CASE WHEN ${test(value)} THEN lower(${value})
      WHEN ${test(trimmed(value))} THEN lower(${trimmed(value)}) END`
  return hashed ? checked : `sha256(${checked})`
}

/** Why a value that has no hash has none. The order is that of `checkEmail`. */
function reasonSql(hashed: boolean): string {
  const value = trimmed('v')
  const blank = `WHEN v IS NULL OR ${value} = '' THEN 'blank'`
  if (hashed) return `CASE ${blank} ELSE 'not_a_hash' END`
  return `CASE ${blank}
      WHEN ${matches(value, HASH_LIKE_PATTERN)} THEN 'already_hashed'
      WHEN strlen(${value}) <> length(${value}) THEN 'non_ascii'
      WHEN contains(${value}, '@') AND (strlen(${value}) > ${EMAIL_CHARS_MAX} OR strpos(${value}, '@') > ${LOCAL_CHARS_MAX + 1})
        THEN 'too_long'
      ELSE 'syntax' END`
}
