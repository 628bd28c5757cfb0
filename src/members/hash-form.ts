import { EMAIL_PATTERN } from './email.ts'
import { trimmed } from './invisible.ts'

/** What stands where something else was to be: a hash in one form or another, or an address in place of a hash. */
export type FoundForm =
  | 'sha256'
  | 'sha256_x'
  | 'sha256_0x'
  | 'sha256_base64'
  | 'md5'
  | 'sha1'
  | 'other_hash'
  | 'address'

const HEX = '[0-9A-Fa-f]'
const PREFIX = '(?:0[xX]|\\\\x)?'

/** The forms in the order in which they are tried, as patterns that JavaScript and RE2 read alike. */
export const foundForms: readonly {
  readonly form: FoundForm
  readonly pattern: string
  readonly name: string
}[] = [
  { form: 'sha256', pattern: `^${HEX}{64}$`, name: 'SHA-256' },
  { form: 'sha256_x', pattern: `^\\\\x${HEX}{64}$`, name: 'SHA-256 with \\x in front' },
  { form: 'sha256_0x', pattern: `^0[xX]${HEX}{64}$`, name: 'SHA-256 with 0x in front' },
  { form: 'sha256_base64', pattern: '^[A-Za-z0-9+/]{43}=$', name: 'SHA-256 in Base64' },
  { form: 'md5', pattern: `^(?:${PREFIX}${HEX}{32}|[A-Za-z0-9+/]{22}==)$`, name: 'MD5' },
  { form: 'sha1', pattern: `^(?:${PREFIX}${HEX}{40}|[A-Za-z0-9+/]{27}=)$`, name: 'SHA-1' },
  {
    form: 'other_hash',
    pattern: `^(?:${PREFIX}(?:${HEX}{56}|${HEX}{96}|${HEX}{128})|[A-Za-z0-9+/]{86}==)$`,
    name: 'another hash',
  },
  { form: 'address', pattern: EMAIL_PATTERN, name: 'addresses' },
]

const patterns = foundForms.map(({ form, pattern }) => ({ form, pattern: new RegExp(pattern) }))

/** The form of a raw value, or null for anything else. */
export function foundFormOf(raw: string | null): FoundForm | null {
  const value = trimmed(raw)
  return patterns.find(({ pattern }) => pattern.test(value))?.form ?? null
}
