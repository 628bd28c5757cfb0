import { timingSafeEqual } from 'node:crypto'
import type { Sealer } from './seal.ts'
import { newSecret } from './tokens.ts'

/**
 * A browser that has signed someone in before brings a mark of that. Its wrong passwords are counted apart, so that strangers
 * who try passwords cannot keep people out: those are blocked, and the people go on where they are known. The mark gives no
 * access, names no one, and cannot be made without the secret key.
 */

type Digests = Pick<Sealer, 'digest'>

/** A mark for the browser that has just signed this person in. */
export function markFor(sealer: Digests, email: string): string {
  const id = newSecret()
  return `${id}.${signature(sealer, email, id)}`
}

/** Which browser it is that is known for this person; null for any other text. */
export function knownBrowser(sealer: Digests, email: string, mark: string | null): string | null {
  const [, id, signed] = /^([\w-]{43})\.([\w-]{43})$/.exec(mark ?? '') ?? []
  if (id === undefined || signed === undefined) return null
  const expected = signature(sealer, email, id)
  return timingSafeEqual(Buffer.from(signed), Buffer.from(expected)) ? id : null
}

function signature(sealer: Digests, email: string, id: string): string {
  return sealer.digest(`known browser ${id} ${email}`)
}
