import { count, plural, span } from '../base/words.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import { reasonsText } from '../destinations/customer-list/reading/reasons.ts'
import type { SyncResult } from '../destinations/customer-list/reading/result.ts'
import type { KindResult, RunResult } from '../history/status.ts'
import { oneLine } from './columns.ts'
import { bold, errorLines, mark, warningLines, withOptionsOf } from './output.ts'
import type { Output } from './output.ts'

/** What a workflow did, as lines: a customer list's members and requests, or the words of another kind. */

/** Prints how a run ended and sets the exit code. */
export function printResult(output: Output, plain: RunResult): void {
  const result = withOptionsOf(plain)
  output.result(result, resultLines(result))
  if (result.error !== undefined) process.exitCode = result.state === 'waiting' ? 3 : 1
}

export function resultLines(result: Stated<RunResult>): string[] {
  return result.list === null ? kindLines(result) : listLines(result)
}

/** A state as the API shows it is more than what is stored. */
type Stated<T extends RunResult> = T extends RunResult ? Omit<T, 'state'> & { readonly state: string } : never

/** How a workflow that brings no customer list in step ended, in the words of its kind. */
export function kindLines(result: Omit<Stated<KindResult>, 'name' | 'list' | 'requests'>): string[] {
  const { workflow, state, summary, facts, seconds, warnings, error } = result
  const end = `${mark('✓', 'green')} ${oneLine(summary ?? 'Completed')}  in ${span(seconds['total'] ?? 0)}`
  return [
    ...(state === 'succeeded' ? [end] : []),
    ...facts.map(({ label, text }) => `  ${oneLine(`${label}: ${text}`)}`),
    ...warnings.flatMap((warning) => ['', ...warningLines(warning, workflow)]),
    ...(error === undefined ? [] : ['', ...problemLines(error, { state, workflow })]),
    ...openWarningsLines(state, warnings),
  ]
}

function listLines(result: Stated<SyncResult>): string[] {
  const { rows, changes, list, audience, requests, seconds } = result
  const lines: string[] = []
  if (result.state === 'succeeded') {
    const isChanged = result.warnings.some(
      ({ code, accepted }) => code === 'list_changed_elsewhere' && accepted === undefined,
    )
    const how = isChanged ? 'has everything that Rollcall sent, and changes made elsewhere' : 'is in step'
    lines.push(
      `${isChanged ? mark('!', 'yellow') : mark('✓', 'green')} ${bold(list.name)} ${how}: ${plural(rows.members, 'member')}  +${count(changes.added)} −${count(changes.removed)}  in ${span(seconds['total'] ?? 0)}`,
      `  customer list ${list.id}${list.created ? ' (created by this run)' : ''}${audience === null ? '' : `, audience ${audience.id}${audience.created ? ' (created by this run)' : ''}`}`,
    )
  }
  if (rows.received > 0) {
    lines.push(
      `  ${plural(rows.received, 'row')} received, ${count(rows.invalid)} rejected${reasonsText(result.invalidByReason)}, ${plural(rows.duplicates, 'duplicate')}`,
    )
  }
  if (requests.reads + requests.writes > 0) {
    lines.push(
      `  ${plural(requests.reads, 'read')}, ${plural(requests.writes, 'write')}, ${plural(requests.retries, 'retry', 'retries')}`,
    )
  }
  for (const warning of result.warnings) lines.push('', ...warningLines(warning, result.workflow))
  if (result.error !== undefined)
    lines.push(...(lines.length > 0 ? [''] : []), ...problemLines(result.error, result))
  return [...lines, ...openWarningsLines(result.state, result.warnings)]
}

/** The last line tells how it ended, however long the warnings are. */
function openWarningsLines(state: string, warnings: RunResult['warnings']): string[] {
  const open = warnings.filter(({ accepted }) => accepted === undefined)
  if (state !== 'succeeded' || open.length === 0) return []
  return ['', `${mark('!', 'yellow')} Succeeded with ${plural(open.length, 'warning')}`]
}

/** A run that waits has not failed. */
function problemLines(
  error: ErrorReport,
  { state, workflow }: { readonly state: string; readonly workflow: string },
): string[] {
  if (state !== 'waiting') return errorLines(error, workflow)
  const actions = error.actions.filter(({ action }) => action !== 'retry')
  return warningLines({ ...error, actions }, workflow)
}
