import type { Limits } from '../../../base/limits.ts'

/** What a job takes besides its own options. */
export interface ChildPlace {
  readonly limits: Limits
  readonly tempDir: string
}
