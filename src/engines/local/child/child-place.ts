import type { Limits } from '../../../base/limits.ts'

/** What a job takes in addition to its own options. */
export interface ChildPlace {
  readonly limits: Limits
  readonly tempDir: string
}
