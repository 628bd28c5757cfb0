import { Command } from '@commander-js/extra-typings'
import { count, createOutput, dim, printError, span, table, time, words } from './output.ts'
import { resultLines } from './sync.ts'
import { withServices } from './with-services.ts'
import type { RunDetail } from '../sync/runs.ts'

export function runCommand() {
  return new Command('run')
    .description('show one workflow: tasks, run log, receipts')
    .argument('<id>', 'workflow id, such as wf_…')
    .option('--json', 'print one JSON object', false)
    .action(async (id, options) => {
      const output = createOutput(options.json)
      try {
        const run = await withServices(async (services) => {
          const { readRun } = await import('../sync/runs.ts')
          return readRun(services, id)
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
  const log = run.log.map(
    (line) => `  ${dim(time(new Date(line.at)))}  ${words(line.task ?? '')}  ${line.text}`,
  )
  return [
    `${run.workflow}  ${run.list.name}  ${run.state}`,
    '',
    ...table(['task', 'state', 'took', 'attempts'], tasks, [2, 3]),
    '',
    dim('run log'),
    ...log,
    '',
    ...receiptLines(run),
    ...resultLines({ ...run, warnings: run.warnings }),
  ]
}

function receiptLines(run: RunDetail): string[] {
  if (run.receipts.length === 0) return []
  const rows = run.receipts
    .slice(-RECEIPTS_SHOWN)
    .map((receipt) => [
      String(receipt.batch),
      receipt.operation,
      count(receipt.members),
      receipt.state,
      receipt.answeredAt === null ? '' : time(new Date(receipt.answeredAt)),
      receipt.requestId ?? '',
    ])
  const hidden = run.receipts.length - rows.length
  const header =
    hidden > 0
      ? `receipts (the last ${rows.length} of ${count(run.receipts.length)}; --json has all)`
      : 'receipts'
  return [
    dim(header),
    ...table(['batch', 'operation', 'members', 'state', 'answered', 'request id'], rows, [0, 2]),
    '',
  ]
}
