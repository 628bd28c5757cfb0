import type { Limits } from '../../../base/limits.ts'

/** What all that reads files takes. */
export interface ReadOptions {
  readonly limits: Limits
  readonly tempDir: string
  readonly signal: AbortSignal
  /** Bytes read since the last call. */
  readonly onBytes: (bytes: number) => void
}
