import { stripVTControlCharacters, styleText } from 'node:util'
import { asRollcallError, framesOf } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { Acceptance } from '../base/workflow-states.ts'
import type { Check } from '../destinations/checks.ts'
import { optionsOf } from './option-advice.ts'
import type { Surface } from './option-advice.ts'

/** What commands print: results on stdout, everything on the way on stderr. With `--json`, one object on stdout. */

export interface Output {
  readonly json: boolean
  /** What its errors are about. */
  readonly surface: Surface
  /** Prints the result: as text lines, or as the one JSON object. */
  readonly result: (value: object, lines: readonly string[]) => void
  /** A line on the way, for a person. */
  readonly note: (line: string) => void
}

export function createOutput(json: boolean, surface: Surface = 'saved'): Output {
  return {
    json,
    surface,
    result: (value, lines) => {
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''))
    },
    note: writeNote,
  }
}

/** Colours are chosen for stdout; stderr may be a file all the same. */
function writeNote(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? line : stripVTControlCharacters(line)}\n`)
}

/** An error, also as the API answers with it. */
type ShownError = ErrorReport & { readonly requestId?: string; readonly checks?: readonly Check[] }

const ON_COMMAND_LINE = 'On the command line:'

/** A report with what options do about it. */
function withOptions(report: ErrorReport, surface: Surface): ErrorReport {
  const actions = report.actions.map((one) => {
    const options = optionsOf(one.action, surface)
    return options === null ? one : { ...one, steps: [...one.steps, `${ON_COMMAND_LINE} ${options}`] }
  })
  return { ...report, actions }
}

function ofRun(report: ErrorReport): ErrorReport {
  return withOptions(report, 'run')
}

interface Problems {
  readonly warnings: readonly ErrorReport[]
  readonly error?: ErrorReport
}

/** The result of a run whose problems say what options do about them. */
export function withOptionsOf<T extends Problems>(result: T): T {
  const { error } = result
  return { ...result, warnings: result.warnings.map(ofRun), ...(error && { error: ofRun(error) }) }
}

/** An error with its actions, as lines. For a refused destination, the checks made with Pinterest come first. */
export function errorLines(report: ShownError, workflowId?: string): string[] {
  const { checks = [], message } = report
  const isTold = checks.some(({ text }) => text === message)
  const lines = [...checkLines(checks), ...(isTold ? [] : [`${mark('✗', 'red')} ${harmless(message)}`])]
  const actions = report.actions.filter(({ action }) => report.requestId === undefined || !isRerun(action))
  if (actions.length > 0) lines.push('', 'What you can do:')
  for (const { action, title, steps } of actions) {
    const command = workflowId === undefined ? action : `rollcall resolve ${workflowId} ${action}`
    lines.push(
      `  ${bold(title)}  ${dim(command)}`,
      ...steps.map((step, index) => `    ${index === 0 ? '' : `${index}. `}${harmless(step)}`),
    )
  }
  return lines
}

/** A warning with its actions, as lines. That of hashes among addresses says all but the option, and most sources have some. */
export function warningLines(
  report: ErrorReport & { readonly accepted?: Acceptance },
  workflowId?: string,
): string[] {
  const [hashes = [], actions = []] = [true, false].map((isHashes) =>
    report.actions.filter(({ action }) => (action === 'addresses_or_hashes') === isHashes),
  )
  const option = hashes.flatMap(({ steps }) => steps).find((step) => step.startsWith(ON_COMMAND_LINE))
  const [first = '', ...others] = errorLines({ ...report, actions }, workflowId)
  const { accepted } = report
  const by =
    accepted === undefined ? '' : ` Accepted by ${harmless(accepted.by)}, ${time(new Date(accepted.at))}.`
  return [
    `${mark('!', 'yellow')}${first.slice(first.indexOf(' '))}${by}${option === undefined ? '' : ` ${option}`}`,
    ...others,
  ]
}

/** A request is no workflow that could go on. */
function isRerun(action: ErrorReport['actions'][number]['action']): boolean {
  return action === 'retry' || action === 'restart' || action === 'stop'
}

/** What was asked of Pinterest for a destination; a dot for what was not reached. */
export function checkLines(checks: readonly Check[]): string[] {
  return checks.map(({ ok, text }) => {
    if (ok === null) return dim(`· ${text}`)
    return `${ok ? mark('✓', 'green') : mark('✗', 'red')} ${harmless(text)}`
  })
}

/** Prints any thrown error, which belongs to no workflow, and sets the exit code. With `--json` it is the catalogue's object on stdout. */
export function printError(output: Output, thrown: unknown): void {
  const error = asRollcallError(thrown)
  const report = withOptions(error.advice(), output.surface)
  if (output.json) process.stdout.write(`${JSON.stringify({ error: report })}\n`)
  else for (const line of errorLines(report)) output.note(line)
  if (error.code === 'internal_error') process.stderr.write(`${framesOf(error)}\n`)
  process.exitCode = error.exit
}

type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** Coloured when the stream is a terminal and NO_COLOR is not set. */
export function mark(text: string, colour: Colour): string {
  return styleText(colour, text, { stream: process.stdout })
}

export function bold(text: string): string {
  return mark(text, 'bold')
}

export function dim(text: string): string {
  return mark(text, 'dim')
}

/** A text that may quote anyone: whatever could move a cursor is replaced. */
export function harmless(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\ufffd')
}

/** A time with its zone, such as `2026-11-23 13:57:04 UTC+1`. */
export function time(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).formatToParts(date)
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`
}

/** Rows of a table, columns padded to their widest cell; columns in `right` are aligned right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [dim(line(header)), ...rows.map(line)]
}
