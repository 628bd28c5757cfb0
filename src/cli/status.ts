import { Command } from '@commander-js/extra-typings'
import { createOutput, printError, table, time } from './output.ts'
import { count, plural, words } from '../base/words.ts'
import { productionOf } from './production.ts'
import { withServices } from './with-services.ts'
import type { ListState } from '../history/lists.ts'
import type { ListStatus, RunSummary } from '../history/status.ts'

export function statusCommand() {
  return new Command('status')
    .description('show every customer list and whether it is in step')
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const lists = await withServices(async (services) => {
          const { readStatus } = await import('../history/status.ts')
          return readStatus(await productionOf(services))
        })
        output.result({ lists }, statusLines(lists))
      } catch (error) {
        printError(output, error)
      }
    })
}

function statusLines(lists: readonly ListStatus[]): string[] {
  if (lists.length === 0)
    return ['No customer list yet. Create one with rollcall sync --from … --ad-account … --list ….']
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
export function stateInWords({ state, lastRun }: Pick<ListStatus, 'state' | 'lastRun'>): string {
  if (lastRun === null) return inWords.never_run
  if (state === 'waiting') return `waits for you: ${words(lastRun.error ?? '')}`
  if (state === 'warnings') return `${inWords.in_step}, ${plural(lastRun.warnings, 'warning')}`
  return state in inWords ? inWords[state as keyof typeof inWords] : endInWords(lastRun)
}

/** As the console's overview has them. */
const inWords = {
  never_run: 'never run',
  changed_elsewhere: 'changed elsewhere',
  in_step: 'in step',
  sample: 'sample',
  left: 'no longer kept in step',
} as const satisfies Partial<Record<ListState, string>>

/** "failed: disk full", or "stopped", which its error only repeats. */
export function endInWords({
  state,
  error,
  nextTryAt,
}: Pick<RunSummary, 'state' | 'error' | 'nextTryAt'>): string {
  if (nextTryAt !== null) return `waiting, next try ${time(new Date(nextTryAt))}`
  return error === null || error === state ? state : `${state}: ${words(error)}`
}
