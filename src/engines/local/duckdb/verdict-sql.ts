import {
  EMAIL_CHARS_MAX,
  EMAIL_PATTERN,
  HASH_LIKE_PATTERN,
  LOCAL_CHARS_MAX,
  SHA256_HEX_PATTERN,
} from '../../../members/email.ts'
import type { InvalidReason } from '../../../members/email.ts'
import { foundForms } from '../../../members/hash-form.ts'
import type { FoundForm } from '../../../members/hash-form.ts'
import { TRIM_CHARS } from '../../../members/invisible.ts'
import { literal } from './sql.ts'

/** Why a value is refused, and what stands there in its place where that helps. */
interface InvalidVerdict {
  readonly reason: InvalidReason
  readonly form: FoundForm | null
}

const verdict = (reason: InvalidReason, form: FoundForm | null = null): InvalidVerdict => ({ reason, form })

/** All that can be wrong with a value; what is wrong with a line is found by the reader. */
export const invalidVerdicts: readonly InvalidVerdict[] = [
  verdict('blank'),
  verdict('non_ascii'),
  verdict('too_long'),
  verdict('syntax'),
  verdict('not_a_hash'),
  ...foundForms.flatMap(({ form }) => [verdict('already_hashed', form), verdict('not_a_hash', form)]),
]

const trimmed = (value: string) => `trim(${value}, ${literal(TRIM_CHARS)})`
const matches = (value: string, pattern: string) => `regexp_full_match(${value}, ${literal(pattern)})`

/** Lengths in bytes and in characters are the same here, since the pattern matches ASCII only. */
const isEmail = (value: string, pattern: string) =>
  `(${matches(value, pattern)} AND strlen(${value}) <= ${EMAIL_CHARS_MAX} AND strpos(${value}, '@') <= ${LOCAL_CHARS_MAX + 1})`

/** An address no part of which can be too long: nearly all are so short, and the lengths of their parts need no look. */
const isShortEmail = (value: string, pattern: string) =>
  `(strlen(${value}) <= ${LOCAL_CHARS_MAX} AND ${matches(value, pattern)})`

/** What the engine's quick trimming leaves where it is: it knows separators of words only. */
const OTHER_SPACE = literal(`[${TRIM_CHARS.replaceAll(/\p{Zs}/gu, '')}]`)

/**
 * Rows of one VARCHAR column `v` as columns `hash` (64 lower-case digits, or `x` for an invalid value) and `part`, the number of
 * its folder: the code of the hash's first digit, or the place of its reason in `invalidVerdicts`. The same verdicts as
 * `checkEmail` and `checkHash`, to the byte. Numbers, since parting by a text costs the engine half as much again.
 */
export function verdictSql(rows: string, hashed: boolean): string {
  return `SELECT coalesce(h, 'x') AS hash, CASE WHEN good THEN unicode(h) ELSE ${reasonSql(hashed)} END AS part
    FROM (${hashSql(rows, hashed)})`
}

/**
 * Rows of one VARCHAR column `v` as `v`, whether it is `good`, and then its hash `h`; `t` is the trimmed value if the value is not right
 * as it stands. Most values need no trimming and no lower-casing, which cost as much as hashing: so a value is first tested as it should
 * be, and be short (`fine`), and only what failed is trimmed, tested in any case and lower-cased. Only ASCII is ever lower-cased. Each step is a query of its own, so that nothing
 * is done twice, and says CASE where OR would compute both sides for every row.
 */
export function hashSql(rows: string, hashed: boolean): string {
  const test = hashed ? matches : isEmail
  const testFirst = hashed ? matches : isShortEmail
  const pattern = hashed ? SHA256_HEX_PATTERN : EMAIL_PATTERN
  const tested = `SELECT v, ${testFirst('v', lowerCaseOnly(pattern))} AS fine FROM (${rows})`
  const cut = `SELECT v, fine, CASE WHEN fine THEN NULL WHEN regexp_matches(v, ${OTHER_SPACE}) THEN ${trimmed('v')}
      ELSE trim(v) END AS t FROM (${tested})`
  const judged = `SELECT v, t, CASE WHEN fine THEN v WHEN ${test('t', pattern)} THEN lower(t) END AS member FROM (${cut})`
  return `SELECT v, t, member IS NOT NULL AS good, ${hashed ? 'member' : 'sha256(member)'} AS h FROM (${judged})`
}

/** The part of a pattern's language that has no capital letter: its classes without them. */
function lowerCaseOnly(pattern: string): string {
  return pattern.replaceAll('A-Z', '').replaceAll('A-F', '')
}

/** Why a value that has no hash has none, as its place in `invalidVerdicts`. The order is that of `checkEmail`. */
function reasonSql(hashed: boolean): string {
  const blank = `WHEN t IS NULL OR t = '' THEN ${place('blank')}`
  if (hashed) return `CASE ${blank} ${formsSql('not_a_hash')} ELSE ${place('not_a_hash')} END`
  return `CASE ${blank}
      WHEN ${matches('t', HASH_LIKE_PATTERN)} THEN CASE ${formsSql('already_hashed')} END
      WHEN strlen(t) <> length(t) THEN ${place('non_ascii')}
      WHEN contains(t, '@') AND (strlen(t) > ${EMAIL_CHARS_MAX} OR strpos(t, '@') > ${LOCAL_CHARS_MAX + 1})
        THEN ${place('too_long')}
      ELSE ${place('syntax')} END`
}

function formsSql(reason: InvalidReason): string {
  return foundForms
    .map(({ form, pattern }) => `WHEN ${matches('t', pattern)} THEN ${place(reason, form)}`)
    .join(' ')
}

function place(reason: InvalidReason, form: FoundForm | null = null): number {
  return invalidVerdicts.findIndex((one) => one.reason === reason && one.form === form)
}
