import { Command } from '@commander-js/extra-typings'
import { createOutput, printError, table, time } from './output.ts'
import { count, plural, words } from '../base/words.ts'
import { withServices } from './with-services.ts'
import type { ListStatus, RunSummary } from '../destinations/customer-list/runs.ts'

export function statusCommand() {
  return new Command('status')
    .description('show every customer list and whether it is in step')
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const lists = await withServices(async (services) => {
          const { readStatus } = await import('../destinations/customer-list/runs.ts')
          return readStatus(services)
        })
        output.result({ lists }, statusLines(lists))
      } catch (error) {
        printError(output, error)
      }
    })
}

function statusLines(lists: readonly ListStatus[]): string[] {
  if (lists.length === 0)
    return ['No customer list yet. rollcall sync --from … --ad-account … --list … makes the first.']
  const rows = lists.map((list) => [
    list.list,
    list.adAccount,
    stateInWords(list),
    count(list.told),
    list.unsure === 0 ? '' : count(list.unsure),
    list.lastRun === null ? '' : time(new Date(list.lastRun.startedAt)),
    list.lastRun?.workflow ?? '',
  ])
  return table(['list', 'ad account', 'state', 'members', 'unsure', 'last run', 'workflow'], rows, [3, 4])
}

/** The state of a list for a person, such as "waits for you: large removal". */
export function stateInWords({
  lastRun,
  changedElsewhere,
}: Pick<ListStatus, 'lastRun' | 'changedElsewhere'>): string {
  if (lastRun === null) return 'never run'
  // What a run waits for, or ended with, comes first, as in the console's overview.
  if (lastRun.state === 'waiting' || gaveWay(lastRun)) return `waits for you: ${words(lastRun.error ?? '')}`
  if (lastRun.state === 'failed') return endInWords(lastRun)
  if (changedElsewhere) return 'changed elsewhere'
  if (lastRun.state !== 'succeeded') return endInWords(lastRun)
  return lastRun.warnings === 0 ? 'in step' : `in step, ${plural(lastRun.warnings, 'warning')}`
}

/** The newest run waited, and a comparison took its place: what it waits for is not decided. */
function gaveWay({ state, error }: RunSummary): boolean {
  return state === 'stopped' && error !== null && error !== 'stopped'
}

/** "failed: disk full", or "stopped", which its error only repeats. */
export function endInWords({
  state,
  error,
  nextTryAt,
}: Pick<RunSummary, 'state' | 'error' | 'nextTryAt'>): string {
  if (nextTryAt !== null) return `waiting, next try ${time(new Date(nextTryAt))}`
  return error === null || error === state ? state : `${state}: ${words(error)}`
}
