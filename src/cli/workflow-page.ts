import type { WorkflowDetail } from '../history/workflow-detail.ts'
import { oneLine } from './columns.ts'
import { bold, dim, table, time } from './output.ts'
import { span, words } from '../base/words.ts'
import { logLines, receiptLines } from './run.ts'
import { kindLines, resultLines } from './result-lines.ts'

/** A workflow of the API on one page: what it concerns, stages and tasks, run log, receipts, and how it ended. */
export function workflowLines(workflow: WorkflowDetail): string[] {
  const { id, name, startedBy, startedAt, seconds, list } = workflow
  const tasks = workflow.stages.flatMap(({ stage, state: progress, tasks: own }) =>
    own.length === 0
      ? [[words(stage), '', words(progress), '', '']]
      : own.map((task, index) => [
          index === 0 ? words(stage) : '',
          words(task.task),
          taskState(task),
          span(task.seconds),
          String(task.attempts),
        ]),
  )
  return [
    `${id}  ${bold(oneLine(name))}  ${workflowState(workflow)}`,
    ...concernLines(workflow),
    ...listLines(list),
    `  started ${time(new Date(startedAt))} by ${oneLine(startedBy.name)}, ${workflow.endedAt === null ? 'for' : 'took'} ${span(seconds)}`,
    '',
    ...table(['stage', 'task', 'state', 'took', 'tries'], tasks, [3, 4]),
    '',
    ...logLines(workflow.log),
    ...receiptLines(workflow.receipts),
    ...deletedLines(workflow.receiptsDeleted),
    ...endLines(workflow),
  ]
}

function listLines(list: WorkflowDetail['list']): string[] {
  if (list === null) return []
  const { id, name, adAccountId } = list
  return [`  customer list ${oneLine(name)}${id === null ? '' : ` (${id})`} in ad account ${adAccountId}`]
}

/** That of the task which is tried again by itself, if one is. */
function workflowState({ state, stages }: WorkflowDetail): string {
  const waiting = stages.flatMap(({ tasks }) => tasks).find(({ nextTryAt }) => nextTryAt !== null)
  return waiting === undefined ? state : taskState({ ...waiting, error: null })
}

function taskState({ state, error, nextTryAt }: WorkflowDetail['stages'][number]['tasks'][number]): string {
  const shown = nextTryAt === null ? words(state) : `waiting, next try ${time(new Date(nextTryAt))}`
  return error === null ? shown : `${shown}: ${words(error.code)}`
}

function concernLines({ orchestration, query, destination, credential }: WorkflowDetail): string[] {
  const named = Object.entries({ orchestration, query, destination, credential })
  return named.flatMap(([what, ref]) =>
    ref === null ? [] : [`  ${what} ${oneLine(ref.name)} ${dim(ref.id)}`],
  )
}

function deletedLines(deleted: WorkflowDetail['receiptsDeleted']): string[] {
  if (deleted === null) return []
  const { at, sha256, changeSets } = deleted
  const parts = changeSets.length === 1 ? [] : changeSets
  return [
    dim(`receipts deleted ${time(new Date(at))}; SHA-256 of the file: ${sha256}`),
    ...parts.map((part) => dim(`  lines of change set ${part.changeSet}: ${part.sha256}`)),
    '',
  ]
}

/** In the words of a run of the command line. What only the process that ran it counted is not known here. */
function endLines(shown: WorkflowDetail): string[] {
  const { id, state, list, audience, seconds, error, ...workflow } = shown
  const end = {
    workflow: id,
    state: state === 'stopping' ? 'running' : state,
    seconds: { total: seconds },
    warnings: workflow.warnings,
    ...(error === null ? {} : { error }),
  }
  if (list === null) return kindLines({ ...end, summary: workflow.summary, facts: workflow.facts })
  const lines = resultLines({
    ...end,
    list: { ...list, created: false },
    audience,
    rows: workflow.rows,
    invalidByReason: workflow.invalidByReason,
    changes: workflow.changes,
    requests: { reads: 0, writes: 0, retries: 0, throttled: 0 },
  })
  const rejects = `The rejected rows: rollcall workflows rejects ${id}`
  return workflow.rejects ? [...lines, dim(rejects)] : lines
}
