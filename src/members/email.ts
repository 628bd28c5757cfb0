import { hash } from 'node:crypto'
import { trimmed } from './invisible.ts'

/** Why a row cannot become a member. `blank` to `syntax` are verdicts on an address, the others on its row. */
export type InvalidReason =
  | 'blank'
  | 'too_long'
  | 'already_hashed'
  | 'non_ascii'
  | 'syntax'
  | 'not_a_hash'
  | 'ragged_line'
  | 'bad_encoding'
  | 'broken_line'

/**
 * The rules below are also run as SQL by the row engines. All patterns are therefore written in what JavaScript (without
 * flags) and RE2 read alike: explicit classes and counted repeats, no look-around, no `i` flag.
 */

/** Longest address in characters (RFC 5321 section 4.5.3.1.3, without its angle brackets). */
export const EMAIL_CHARS_MAX = 254

/** Longest part before the `@` in characters (RFC 5321 section 4.5.3.1.1). */
export const LOCAL_CHARS_MAX = 64

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'

/**
 * A trimmed address that is valid apart from its length: the syntax of `<input type=email>` in WHATWG HTML, and also a dot in
 * the domain and no leading, trailing or doubled dot in the local part.
 */
export const EMAIL_PATTERN = `^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})+$`

/**
 * A trimmed value that looks like a digest and not like an address: MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512
 * as hexadecimal text with or without `0x` or `\x`, or MD5, SHA-1, SHA-256 and SHA-512 as Base64.
 */
export const HASH_LIKE_PATTERN =
  '^(?:(?:0[xX]|\\\\x)?(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})' +
  '|[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)$'

/** A trimmed SHA-256 digest as hexadecimal text. */
export const SHA256_HEX_PATTERN = '^[0-9A-Fa-f]{64}$'

const emailPattern = new RegExp(EMAIL_PATTERN)
const hashLikePattern = new RegExp(HASH_LIKE_PATTERN)
const sha256HexPattern = new RegExp(SHA256_HEX_PATTERN)

export type EmailVerdict =
  | { readonly ok: true; readonly email: string }
  | { readonly ok: false; readonly reason: InvalidReason }

export type HashVerdict =
  | { readonly ok: true; readonly hash: string }
  | { readonly ok: false; readonly reason: InvalidReason }

/**
 * The verdict on one raw value. A valid one is trimmed and lower-cased, nothing else: dots and plus tags stay. Reasons
 * are tried in a fixed order, the same in every engine: `blank`, `already_hashed`, `non_ascii` (anything from
 * U+0080 up), `too_long` (only with an `@`; the local part ends at the first one), `syntax`.
 *
 * Pinterest documents no conversion of internationalised domains, so these are `non_ascii`; their `xn--` form is valid.
 */
export function checkEmail(raw: string | null): EmailVerdict {
  const value = trimmed(raw)
  // Lower-casing comes last: 'İ' and the Kelvin sign would turn into ASCII letters, in some engines only.
  return isEmail(value) ? { ok: true, email: value.toLowerCase() } : { ok: false, reason: whyInvalid(value) }
}

function isEmail(value: string): boolean {
  if (value.length > EMAIL_CHARS_MAX || value.indexOf('@') > LOCAL_CHARS_MAX) return false
  return emailPattern.test(value)
}

function whyInvalid(value: string): InvalidReason {
  if (value === '') return 'blank'
  if (hashLikePattern.test(value)) return 'already_hashed'
  if (hasNonAscii(value)) return 'non_ascii'
  const at = value.indexOf('@')
  return at >= 0 && (value.length > EMAIL_CHARS_MAX || at > LOCAL_CHARS_MAX) ? 'too_long' : 'syntax'
}

function hasNonAscii(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) if (value.charCodeAt(index) > 0x7f) return true
  return false
}

/** SHA-256 of the UTF-8 bytes as lower-case hexadecimal text: what Pinterest is told of a checked address. */
export function hashEmail(email: string): string {
  return hash('sha256', email, 'hex')
}

/** The verdict on a raw value of a source that holds SHA-256 hashes: 64 hexadecimal digits after trimming, lower-cased. */
export function checkHash(raw: string | null): HashVerdict {
  const value = trimmed(raw)
  if (value === '') return { ok: false, reason: 'blank' }
  if (!sha256HexPattern.test(value)) return { ok: false, reason: 'not_a_hash' }
  return { ok: true, hash: value.toLowerCase() }
}
