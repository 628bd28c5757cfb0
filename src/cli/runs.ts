import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { createOutput, printError, table, time } from './output.ts'
import { count, span } from '../base/words.ts'
import { endInWords } from './status.ts'
import { productionOf } from './production.ts'
import { withServices } from './with-services.ts'
import type { RunSummary } from '../history/status.ts'

export function runsCommand() {
  return new Command('runs')
    .description('list the latest workflows')
    .option('--list <name>', 'only workflows of this customer list')
    .option('--limit <count>', 'how many to list, newest first', positive, 20)
    .option('--json', 'print one JSON object', false)
    .action(async (options) => {
      const output = createOutput(options.json)
      try {
        const runs = await withServices(async (services) => {
          const { listRuns } = await import('../history/status.ts')
          return listRuns(await productionOf(services), { limit: options.limit, list: options.list ?? null })
        })
        output.result({ runs }, runsLines(runs))
      } catch (error) {
        printError(output, error)
      }
    })
}

function positive(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('Use a whole number above 0.')
}

function runsLines(runs: readonly RunSummary[]): string[] {
  if (runs.length === 0)
    return [
      'No workflow has run yet. Start one with rollcall sync, or see a demo with rollcall start --demo.',
    ]
  const rows = runs.map((run) => [
    run.workflow,
    run.list,
    endInWords(run),
    time(new Date(run.startedAt)),
    span(run.seconds),
    countOrNothing(run.inQuery ?? run.members),
    run.added === null ? '' : `+${count(run.added)}`,
    run.removed === null ? '' : `−${count(run.removed)}`,
  ])
  return table(
    ['workflow', 'list', 'state', 'started', 'took', 'in query', 'added', 'removed'],
    rows,
    [4, 5, 6, 7],
  )
}

function countOrNothing(number: number | null): string {
  return number === null ? '' : count(number)
}
