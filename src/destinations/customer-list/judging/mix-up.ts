import { foundForms } from '../../../members/hash-form.ts'
import type { FoundForm } from '../../../members/hash-form.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { plural } from '../../../base/words.ts'
import type { Prepared } from '../../../engines/contract.ts'

/** Hashes where addresses were to be, or the other way round: which form was found, which is needed, and how to get there. */

type Found = Pick<Prepared, 'invalidByReason' | 'foundForms'>

/** The warning about such rows; null when there are none. */
export function mixUpOf(prepared: Found): RollcallError | null {
  const { already_hashed: hashes = 0, not_a_hash: others = 0 } = prepared.invalidByReason
  if (hashes > 0)
    return new RollcallError('already_hashed', {
      rows: plural(hashes, 'row'),
      found: namesOf(prepared),
      needed: neededForAddresses(formsOf(prepared)),
    })
  if (others === 0) return null
  return new RollcallError('not_a_hash', {
    rows: plural(others, 'row'),
    found: namesOf(prepared),
    needed: neededForHashes(formsOf(prepared)),
  })
}

/** What such rows have to do with too few members, to go on with in a sentence. */
export function mixUpHint(prepared: Found): string {
  const { already_hashed: hashes = 0, not_a_hash: others = 0 } = prepared.invalidByReason
  const [rows, what, needed] =
    hashes > 0
      ? [hashes, 'with a hash instead of an address', neededForAddresses(formsOf(prepared))]
      : [others, 'without a hash of 64 hexadecimal digits', neededForHashes(formsOf(prepared))]
  if (rows === 0) return ''
  const sentence = needed.replace(/\.$/, '')
  return `; there ${rows === 1 ? 'is' : 'are'} ${plural(rows, 'row')} ${what} (${namesOf(prepared)}). ${sentence}`
}

const UNUSABLE: ReadonlySet<FoundForm> = new Set(['md5', 'sha1', 'other_hash'])
const REWRITABLE: ReadonlySet<FoundForm> = new Set(['sha256_x', 'sha256_0x', 'sha256_base64'])
const REWRITE = String.raw`write each hash as 64 hexadecimal digits, without \x or 0x and not in Base64; in PostgreSQL, encode(hash, 'hex') does so`

function neededForAddresses(forms: readonly FoundForm[]): string {
  if (forms.some((form) => UNUSABLE.has(form)))
    return 'Return plain addresses: Rollcall sends only SHA-256 and cannot convert other hashes.'
  if (forms.some((form) => REWRITABLE.has(form)))
    return `Return plain addresses. Or ${REWRITE}, and mark the source as hashes ("The source holds hashes" in the query editor).`
  return 'Return plain addresses. Or, if every row is a hash, mark the source as hashes ("The source holds hashes" in the query editor).'
}

function neededForHashes(forms: readonly FoundForm[]): string {
  if (forms.some((form) => UNUSABLE.has(form)))
    return 'Return plain addresses, and do not mark the source as hashes: Rollcall sends only SHA-256 and cannot convert other hashes.'
  if (forms.some((form) => REWRITABLE.has(form)))
    return `${REWRITE[0]?.toUpperCase() ?? ''}${REWRITE.slice(1)}.`
  return 'If these are plain addresses, do not mark the source as hashes.'
}

function formsOf({ foundForms: found = {} }: Found): FoundForm[] {
  return Object.keys(found) as FoundForm[]
}

function namesOf(prepared: Found): string {
  const forms = new Set(formsOf(prepared))
  const names = foundForms.filter(({ form }) => forms.has(form)).map(({ name }) => name)
  return names.length === 0 ? 'another form' : names.join(', ')
}
