import type { Kysely } from 'kysely'
import { reportOf } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { Acceptance, StoredProblem, StoredRequests, StoredWarning } from '../base/workflow-states.ts'
import type { Tables } from '../store/schema.ts'
import { openActions } from './actions.ts'
import { fittingReport } from './manner.ts'
import type { Task } from './tasks.ts'
import { listRunLog, workflowSeconds } from './workflow-store.ts'
import type { Workflow } from './workflow-store.ts'

/** What is shown of a workflow of any kind: its run log, its warnings, how long its tasks took. */

type Db = Kysely<Tables>

/** A warning, with who accepted it and when; such a one has no actions. */
export interface WarningReport extends ErrorReport {
  readonly accepted?: Acceptance
}

/** A warning in the words of the catalogue. */
export function warningReport({ code, data, accepted }: StoredWarning): WarningReport {
  const report = reportOf(code, data)
  return accepted === undefined ? report : { ...report, actions: [], accepted }
}

export interface LogLine {
  readonly at: string
  readonly level: string
  readonly task: string | null
  readonly text: string
}

/** What was said while a workflow ran, in order. */
export async function readRunLog(db: Db, workflowId: string): Promise<LogLine[]> {
  const log = await listRunLog(db, workflowId)
  return log.map(({ at, level, task, text }) => ({ at: at.toISOString(), level, task, text }))
}

/** How long something took, or has taken by now. */
export function secondsBetween(start: Date, end: Date | null): number {
  return Math.max(0, ((end ?? new Date()).getTime() - start.getTime()) / 1000)
}

/** How a workflow of any kind ended, or stands. */
export interface RunOutcome {
  readonly workflow: string
  readonly state: Workflow['state']
  readonly requests: StoredRequests
  /** In all, and of each task by its name. */
  readonly seconds: Readonly<Record<string, number>>
  readonly warnings: readonly WarningReport[]
  readonly error?: ErrorReport
}

/** The outcome of a workflow, from what is stored of it and of its tasks. */
export async function readOutcome(db: Db, workflow: Workflow, tasks: readonly Task[]): Promise<RunOutcome> {
  const seconds = tasks.map((task) => [task.name, secondsBetween(task.started_at, task.ended_at)])
  return {
    workflow: workflow.id,
    state: workflow.state,
    requests: workflow.requests,
    seconds: { total: workflowSeconds(workflow), ...Object.fromEntries(seconds) },
    warnings: workflow.warnings.map(warningReport),
    ...(workflow.error === null ? {} : { error: await reportedError(db, workflow, workflow.error) }),
  }
}

async function reportedError(
  db: Db,
  workflow: Workflow,
  { code, data }: StoredProblem,
): Promise<ErrorReport> {
  return fittingReport(reportOf(code, data), workflow, await openActions(db, workflow))
}
