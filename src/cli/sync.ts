import {
  bold,
  createOutput,
  dim,
  errorLines,
  mark,
  printError,
  warningLines,
  withOptionsOf,
} from './output.ts'
import { reasonsText } from '../destinations/customer-list/reading/reasons.ts'
import { count, plural, span } from '../base/words.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { Output } from './output.ts'
import { accountText, inputsOf, jobCommand, needsOf } from './job-options.ts'
import { createProgress } from './progress.ts'
import { withServices } from './with-services.ts'
import type { SyncResult } from '../destinations/customer-list/reading/result.ts'

export function syncCommand() {
  return jobCommand('sync')
    .description('bring the customer list in step with the source')
    .option('--wait', 'when Pinterest is unavailable, keep trying for hours instead of failing', false)
    .action(async (options) => {
      const output = createOutput(options.json, 'run')
      try {
        const inputs = inputsOf(options)
        const result = await withServices(async (services, signal) => {
          const { startSync } = await import('../destinations/customer-list/start-sync.ts')
          const { readResult } = await import('../destinations/customer-list/reading/result.ts')
          const progress = createProgress(process.stderr)
          const { workflowId } = await startSync({
            services,
            inputs,
            signal,
            wait: options.wait,
            onEvent: progress.event,
            onStart: (id) =>
              output.note(`${bold(inputs.list)} → Pinterest ${accountText(inputs)}  ${dim(id)}`),
          }).finally(progress.close)
          return readResult(services, workflowId)
        }, needsOf(inputs))
        printResult(output, result)
      } catch (error) {
        printError(output, error)
      }
    })
}

/** Prints how a run ended and sets the exit code. */
export function printResult(output: Output, plain: SyncResult): void {
  const result = withOptionsOf(plain)
  output.result(result, resultLines(result))
  if (result.error !== undefined) process.exitCode = result.state === 'waiting' ? 3 : 1
}

export function resultLines(result: Omit<SyncResult, 'state'> & { readonly state: string }): string[] {
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
  const open = result.warnings.filter(({ accepted }) => accepted === undefined)
  // The last line tells how it ended, however long the warnings are.
  if (result.state === 'succeeded' && open.length > 0)
    lines.push('', `${mark('!', 'yellow')} Succeeded with ${plural(open.length, 'warning')}`)
  return lines
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
