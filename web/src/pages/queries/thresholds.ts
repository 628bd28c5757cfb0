import { count, counted } from '../../format/number.ts'
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

/** What a run does with so many rows, when it does something: "Fewer than 500 rows: a run warns". */
export function verdictOf(rows: number, thresholds: Thresholds): { tone: Tone; text: string } | null {
  const { warnBelow, warnAbove, failBelow, failAbove } = thresholds
  const fails = beyond(rows, failBelow, failAbove)
  if (fails !== null) return { tone: 'bad', text: `${fails}: a run fails` }
  if (rows === 0) return { tone: 'bad', text: 'No rows: a run fails' }
  const warns = beyond(rows, warnBelow, warnAbove)
  return warns === null ? null : { tone: 'warn', text: `${warns}: a run warns` }
}

function beyond(rows: number, below: number | undefined, above: number | undefined): string | null {
  if (below !== undefined && rows < below) return `Fewer than ${counted(below, 'row')}`
  if (above !== undefined && rows > above) return `More than ${counted(above, 'row')}`
  return null
}
