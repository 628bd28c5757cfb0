import type { WorkflowEvent } from '../workflow/task-definition.ts'
import { count, span, words } from '../base/words.ts'

/**
 * Shows a run while it happens, on stderr. On a terminal: one line with a bar, rate and time left, redrawn in place; the log
 * above it. Elsewhere: the log, and a plain line of progress now and then.
 */
export interface ProgressView {
  readonly event: (event: WorkflowEvent) => void
  readonly close: () => void
}

const REDRAW_MS = 100
const PLAIN_LINE_MS = 10_000
const BAR_CHARS = 24

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export function createProgress(stream: Stream, nowMs: () => number = () => performance.now()): ProgressView {
  const isTerminal = stream.isTTY === true
  let task = ''
  let startedMs = nowMs()
  let drawnMs = Number.NEGATIVE_INFINITY
  let isDrawn = false
  const clear = (): void => {
    if (isDrawn) stream.write('\r\u001b[2K')
    isDrawn = false
  }
  const draw = (event: Extract<WorkflowEvent, { kind: 'progress' }>): void => {
    if (event.task !== task) [task, startedMs] = [event.task, nowMs()]
    if (nowMs() - drawnMs < (isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return
    if (!isTerminal && drawnMs === Number.NEGATIVE_INFINITY) {
      drawnMs = nowMs()
      return
    }
    drawnMs = nowMs()
    const text = progressText(event, (nowMs() - startedMs) / 1000)
    if (isTerminal) stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`)
    else stream.write(`${text}\n`)
    isDrawn = isTerminal
  }
  return {
    event: (event) => {
      if (event.kind === 'progress') draw(event)
      if (event.kind === 'task') {
        clear()
        if (event.state === 'running') [task, startedMs] = [event.task, nowMs()]
        if (isTerminal && event.state === 'running') {
          stream.write(`  ◌ ${words(event.task)}`)
          isDrawn = true
        }
      }
      // How the run ended is said once, in its result.
      if (event.kind === 'log' && event.isEnd !== true) {
        clear()
        stream.write(`  ${symbols[event.level]} ${event.text}\n`)
      }
    },
    close: clear,
  }
}

const symbols = { info: '·', warning: '!', error: '✗' } as const

/** Before this, a rate says more about the start than about the work. */
const RATE_AFTER_SECONDS = 0.5

/** One line of progress: bar and share when the total is known, count, rate, time left. */
export function progressText(
  event: {
    readonly task: string
    readonly done: number
    readonly total: number | null
    readonly unit: string
  },
  elapsedSeconds: number,
): string {
  const { done, total, unit } = event
  const task = words(event.task)
  const rate = elapsedSeconds >= RATE_AFTER_SECONDS ? done / elapsedSeconds : 0
  const isShare = unit === '%'
  const rateText = isShare || rate === 0 ? '' : `  ${count(Math.round(rate))} ${unit}/s`
  if (total === null || total <= 0) return `  ◌ ${task}  ${count(done)} ${unit}${rateText}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * BAR_CHARS)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CHARS - filled)}`
  const left = share > 0.02 && share < 1 && rate > 0 ? `  ${leftText((total - done) / rate)}` : ''
  const counted = isShare ? '' : `  ${count(done)} ${unit}`
  return `  ◌ ${task}  ${bar} ${Math.floor(share * 100)} %${counted}${rateText}${left}`
}

function leftText(seconds: number): string {
  return seconds < 1 ? `${span(seconds)} left` : `about ${span(seconds)} left`
}
