import { count } from '../../format/number.ts'
import type { Tone } from '../../ui/mark.tsx'
import type { Query } from './query-status.tsx'

type Thresholds = Query['thresholds']

/** "fewer than 100 or more than 5,000 rows"; null when nothing is set. */
export function boundWords(below: number | undefined, above: number | undefined): string | null {
  const parts = [
    below === undefined ? null : `fewer than ${count(below)}`,
    above === undefined ? null : `more than ${count(above)}`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : `${parts.join(' or ')} rows`
}

/** What a run would do with so many rows, when it would do something. */
export function verdictOf(rows: number, thresholds: Thresholds): { tone: Tone; text: string } | null {
  const { warnBelow, warnAbove, failBelow, failAbove } = thresholds
  if (isBeyond(rows, failBelow, failAbove)) return { tone: 'bad', text: 'A run would stop: Fail when' }
  if (isBeyond(rows, warnBelow, warnAbove)) return { tone: 'warn', text: 'A run would warn: Warn when' }
  return null
}

function isBeyond(rows: number, below = 0, above = Number.POSITIVE_INFINITY): boolean {
  return rows < below || rows > above
}
