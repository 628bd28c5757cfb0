import type { Kysely } from 'kysely'
import { reportOf } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { Acceptance, StoredWarning } from '../base/workflow-states.ts'
import type { Tables } from '../store/schema.ts'
import { listRunLog } from './workflow-store.ts'

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
