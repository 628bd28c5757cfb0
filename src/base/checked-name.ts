import type { Limits } from './limits.ts'
import { invalid } from './rollcall-error.ts'

/** A name as it is stored: trimmed, not empty, without control characters, not over-long. Error: `request_invalid`. */
export function checkedName(name: string, limits: Pick<Limits, 'nameCharsMax'>): string {
  const trimmed = name.trim()
  const chars = Array.from(trimmed).length
  if (trimmed === '') throw invalid('the name is empty.')
  if (!/[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u.test(trimmed))
    throw invalid('the name has no visible characters.')
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(trimmed)) throw invalid('the name holds a control character.')
  if (chars > limits.nameCharsMax) {
    throw invalid(`the name has ${chars} characters; the limit (nameCharsMax) is ${limits.nameCharsMax}.`)
  }
  return trimmed
}
