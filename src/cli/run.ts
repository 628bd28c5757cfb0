import { Command } from '@commander-js/extra-typings'
import { oneLine } from './columns.ts'
import { createOutput, dim, harmless, printError, table, time, withOptionsOf } from './output.ts'
import { count, span, words } from '../base/words.ts'
import { resultLines } from './result-lines.ts'
import { productionOf } from './production.ts'
import { withServices } from './with-services.ts'
import type { RunDetail } from '../history/status.ts'

export function runCommand() {
  return new Command('run')
    .description('show one workflow: tasks, run log, receipts')
    .argument('<id>', 'workflow id, such as wf_…')
    .option('--json', 'print one JSON object', false)
    .action(async (id, options) => {
      const output = createOutput(options.json)
      try {
        const run = await withServices(async (services) => {
          const { readRun } = await import('../history/status.ts')
          return withOptionsOf(await readRun(services, await productionOf(services), id))
        })
        output.result(run, runLines(run))
      } catch (error) {
        printError(output, error)
      }
    })
}

const RECEIPTS_SHOWN = 20

function runLines(run: RunDetail): string[] {
  const tasks = run.tasks.map((task) => [
    words(task.task),
    task.error === null ? task.state : `${task.state}: ${words(task.error)}`,
    span(task.seconds),
    String(task.attempts),
  ])
  return [
    `${run.workflow}  ${oneLine(run.list === null ? run.name : run.list.name)}  ${run.state}`,
    '',
    ...table(['task', 'state', 'took', 'tries'], tasks, [2, 3]),
    '',
    ...logLines(run.log),
    ...receiptLines(run.receipts),
    ...resultLines(run),
  ]
}

export function logLines(log: RunDetail['log']): string[] {
  const lines = log.map(
    ({ at, task, text }) => `  ${dim(time(new Date(at)))}  ${words(task ?? '')}  ${harmless(text)}`,
  )
  return lines.length === 0 ? [] : [dim('run log'), ...lines, '']
}

type Receipt = RunDetail['receipts'][number]

const receiptCells: Readonly<Record<string, (receipt: Receipt) => string>> = {
  batch: ({ batch }) => String(batch),
  operation: ({ operation }) => operation,
  members: ({ members }) => count(members),
  state: ({ state }) => state,
  answered: ({ answeredAt }) => (answeredAt === null ? '' : time(new Date(answeredAt))),
  'request id': ({ requestId }) => requestId ?? '',
}

export function receiptLines(receipts: readonly Receipt[]): string[] {
  if (receipts.length === 0) return []
  const isOfSeveral = new Set(receipts.map(({ changeSet }) => changeSet)).size > 1
  const cells = isOfSeveral
    ? { 'change set': ({ changeSet }: Receipt) => changeSet, ...receiptCells }
    : receiptCells
  const shown = receipts.slice(-RECEIPTS_SHOWN)
  const header =
    shown.length < receipts.length
      ? `receipts (the last ${shown.length} of ${count(receipts.length)}; --json has all)`
      : 'receipts'
  const heads = Object.keys(cells)
  return [
    dim(header),
    ...table(
      heads,
      shown.map((receipt) => Object.values(cells).map((cell) => cell(receipt))),
      ['batch', 'members'].map((head) => heads.indexOf(head)),
    ),
    '',
  ]
}
