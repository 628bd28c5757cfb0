import type { Limits } from '../../../base/limits.ts'

export interface DuckdbEngineOptions {
  readonly limits: Limits
  /** For what does not fit the memory; emptied as it is used. */
  readonly tempDir: string
}
