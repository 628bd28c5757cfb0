import { count, span } from './number.ts'
import { words } from './words.ts'

/** How far a running workflow is, as its card tells it. */
export interface Progress {
  readonly task: string
  /** From 0 to 1; null when no one knows the whole. */
  readonly share: number | null
  /** "add 64 %", "query 12,480 rows". */
  readonly text: string
}

export function progressOf(data: Readonly<Record<string, unknown>>): Progress | null {
  const { progress } = data
  if (typeof progress !== 'object' || progress === null) return null
  const { task, done, total, unit } = progress as Record<string, unknown>
  if (typeof task !== 'string' || typeof done !== 'number') return null
  if (typeof total === 'number' && total > 0) {
    const share = Math.min(1, done / total)
    return { task, share, text: `${words(task)} ${Math.floor(share * 100)} %` }
  }
  return { task, share: null, text: `${words(task)} ${count(done)} ${String(unit)}` }
}

/** "about 2 min left", once enough is done to say so. */
export function timeLeft(share: number | null, sinceIso: string, nowMs: number): string | null {
  if (share === null || share < 0.05 || share >= 1) return null
  const passed = (nowMs - new Date(sinceIso).getTime()) / 1000
  return passed < 2 ? null : `about ${span((passed * (1 - share)) / share)} left`
}
