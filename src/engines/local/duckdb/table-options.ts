import type { ReadOptions } from './read-options.ts'
import type { OnShare } from './session.ts'

/** What staging the rows of files takes. */
export interface TableOptions extends ReadOptions {
  readonly hashed: boolean
  readonly onShare: OnShare
}
