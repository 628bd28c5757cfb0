import { HASH_LIKE_PATTERN } from './email.ts'
import { trimmed } from './invisible.ts'

/**
 * A trimmed value with one `@`: 1 = first character of the local part, 2 = first character of the domain, 3 = last label
 * with its dot. A character is shown only if it is an ASCII letter or digit, a label only if it is two to six letters, as
 * anything longer may be a name. RE2 reads the pattern in the same way.
 */
const MASK_EMAIL_PATTERN = '^([A-Za-z0-9]?)[^@]*@([A-Za-z0-9]?)[^@]*?((?:\\.[A-Za-z]{2,6})?)$'

/** Any other trimmed value: 1 = its first character, if that is an ASCII letter or digit. */
const MASK_OTHER_PATTERN = '^([A-Za-z0-9]?)'

/** Characters of a hash that are shown, so that its kind can be recognised. */
const MASK_HASH_CHARS = 4

const MASK_LOCAL = '•••••'
const MASK_DOMAIN = '••••'

const hashLikePattern = new RegExp(HASH_LIKE_PATTERN)
const emailPattern = new RegExp(MASK_EMAIL_PATTERN)
const otherPattern = new RegExp(MASK_OTHER_PATTERN)

/**
 * A raw value as people may see it: `j•••••@g••••.com`, `3f9a…` for a hash, and at most the first character of anything
 * else. The number of bullets is fixed, so a length never shows. Blank values give an empty text.
 */
export function maskEmail(raw: string | null): string {
  const value = trimmed(raw)
  if (value === '') return ''
  if (hashLikePattern.test(value)) return `${value.slice(0, MASK_HASH_CHARS)}…`
  const email = emailPattern.exec(value)
  if (email !== null) return `${email[1] ?? ''}${MASK_LOCAL}@${email[2] ?? ''}${MASK_DOMAIN}${email[3] ?? ''}`
  return `${otherPattern.exec(value)?.[1] ?? ''}${MASK_LOCAL}`
}
