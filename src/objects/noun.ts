import type { Kind } from './kinds.ts'

/** "data source", for a person. It stands alone, so that a command line that only shows a difference loads no schemas. */
export function nounOf(kind: Kind): string {
  return kind.replaceAll('_', ' ')
}
