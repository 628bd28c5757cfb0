import type { InvalidReason } from './email.ts'

/** What is wrong with a line itself, so that no query is given it. */
const UNREADABLE = ['ragged_line', 'broken_line', 'bad_encoding'] as const satisfies InvalidReason[]

interface Received {
  readonly received: number
  readonly invalidByReason: Readonly<Partial<Record<InvalidReason, number>>>
}

/**
 * How many rows a query returned, and how many lines it was not given as they could not be read: what a run received is both. Counting,
 * thresholds and the last run of a query mean the rows that it returned.
 */
export function queryRows({ received, invalidByReason }: Received): { rows: number; unreadable: number } {
  const unreadable = UNREADABLE.reduce((sum, reason) => sum + (invalidByReason[reason] ?? 0), 0)
  return { rows: received - unreadable, unreadable }
}
