import { randomBytes } from 'node:crypto'

/** The prefix tells what an id names, wherever it turns up. */
export type IdPrefix =
  | 'ak'
  | 'al'
  | 'cl'
  | 'cr'
  | 'cs'
  | 'ds'
  | 'nt'
  | 'or'
  | 'qy'
  | 'se'
  | 'sn'
  | 'sr'
  | 'tg'
  | 'us'
  | 'wf'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new id such as `wf_0mb3k2x9a7c1d5e8f2`: the time in milliseconds first, so that ids sort by age,
 * then 50 random bits.
 */
export function newId(prefix: IdPrefix, nowMs = Date.now()): string {
  const time = nowMs.toString(36).padStart(9, '0')
  const random = Array.from(randomBytes(10), (byte) => ALPHABET[byte & 31]).join('')
  return `${prefix}_${time}${random}`
}
