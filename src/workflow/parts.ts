import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { WorkflowState } from '../base/workflow-states.ts'
import { inWorkspace } from '../store/workspace.ts'
import {
  addWarning,
  appendRunLog,
  insertWorkflow,
  lockWorkflow,
  reopenWorkflow,
  stopWorkflow,
} from './workflow-store.ts'
import type { NewWorkflow, Workflow } from './workflow-store.ts'

/**
 * Workflows that are parts of another one: each is started once, whatever crashes. No process has the whole while it waits for them. Stopping
 * the whole stops its parts, and trying it again tries those again that did not succeed.
 */

type Db = Kysely<Tables>

export interface Part extends Pick<NewWorkflow, 'kind' | 'subject' | 'inputs'> {
  /** What people know it by. The whole has one part of a name. */
  readonly name: string
  /** A person may have the whole go on without it. */
  readonly maySkip?: boolean
}

export interface EndedPart {
  readonly name: string
  readonly workflow: string
  /** A person had the whole go on without it. */
  readonly isSkipped: boolean
}

/** As the error of a task: the whole is left to its parts, and the task runs again once all of them are over. */
export class WaitsForParts extends Error {
  override readonly name = 'WaitsForParts'
}

/** How each of these parts of a workflow ended; those that are missing are started. Errors: `WaitsForParts`, `part_failed`, `stopped`. */
export async function endedParts(
  db: Db,
  id: string,
  wanted: readonly Part[],
  onProgress: (done: number) => void,
): Promise<readonly EndedPart[]> {
  await startParts(db, id, wanted)
  const names = new Set(wanted.map(({ name }) => name))
  const parts = (await partsOf(db, id)).filter(({ name }) => names.has(name))
  const open = parts.filter(({ state }) => isOpen(state))
  onProgress(parts.length - open.length)
  if (open.length > 0) throw new WaitsForParts()
  const failed = parts.filter(hasFailed)
  if (failed.length > 0) throw new RollcallError('part_failed', { parts: quotedNames(failed) })
  return parts.map(({ name, child, skipped_by: by }) => ({ name, workflow: child, isSkipped: by !== null }))
}

async function startParts(db: Db, id: string, wanted: readonly Part[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // One that stops starts nothing more; a stop that comes later finds all of them.
    const whole = await lockWorkflow(tx, id)
    if (whole === undefined || whole.stop_requested) throw new RollcallError('stopped', { detail: STOPPED })
    const known = new Set((await partsOf(tx, id)).map(({ name }) => name))
    for (const part of wanted) if (!known.has(part.name)) await startPart(tx, whole, part)
  })
}

const STOPPED = 'a person stopped this workflow'

/** It belongs to what the whole belongs to. The orchestration alone stays the whole's, whose workflow is the whole. */
async function startPart(tx: Db, whole: Workflow, part: Part): Promise<void> {
  const { name, kind, subject, inputs, maySkip = false } = part
  const { id, workspace, destination_id, query_id, credential_id, started_by: startedBy } = whole
  const of = { parent: id, name, destination_id, query_id, credential_id }
  const own = inWorkspace(tx, workspace)
  const child = await insertWorkflow(own, { kind, subject, inputs, holder: null, startedBy, of })
  await tx.insertInto('workflow_part').values({ parent: id, name, child, may_skip: maySkip }).execute()
}

type OpenState = Extract<WorkflowState, 'scheduled' | 'running' | 'waiting'>

/** Not over yet; what waits for a person goes on. */
const OPEN = ['scheduled', 'running', 'waiting'] as const satisfies readonly OpenState[]

function isOpen(state: WorkflowState): state is OpenState {
  return OPEN.some((one) => one === state)
}

async function partsOf(db: Db, id: string) {
  return db
    .selectFrom('workflow_part')
    .innerJoin('workflow', 'workflow.id', 'workflow_part.child')
    .select(['workflow_part.name', 'workflow_part.child', 'workflow_part.skipped_by'])
    .select(['workflow.state', 'workflow.inputs'])
    .where('workflow_part.parent', '=', id)
    .orderBy('workflow.number')
    .execute()
}

type StoredPart = Awaited<ReturnType<typeof partsOf>>[number]

function hasFailed({ state, skipped_by: by }: Pick<StoredPart, 'state' | 'skipped_by'>): boolean {
  return by === null && (state === 'failed' || state === 'stopped')
}

const NAMES_MAX = 5

/** `"North", "South" and 3 more` */
function quotedNames(parts: readonly StoredPart[]): string {
  const names = parts.slice(0, NAMES_MAX).map(({ name }) => `"${name}"`)
  const more = parts.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}

/** For each row of the table of workflows: no process has it, since parts of it are not over. */
export const awaitsParts = sql<boolean>`(workflow.holder is null and exists (select from workflow part
  where part.parent = workflow.id and part.state in (${sql.join(OPEN)})))`

/** Parts that no worker has taken yet. */
export async function scheduledParts(db: Db, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom('workflow')
    .select('id')
    .where('parent', '=', id)
    .where('state', '=', 'scheduled')
    .orderBy('number')
    .execute()
  return rows.map((row) => row.id)
}

/** How many parts a workflow has. */
export async function countParts(db: Db, id: string): Promise<number> {
  const { count } = await db
    .selectFrom('workflow_part')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('parent', '=', id)
    .executeTakeFirstOrThrow()
  return count
}

/** Ends a workflow that does not run, or asks the process that runs it to stop; its parts as well. */
export async function stopWithParts(
  db: Db,
  workflow: Pick<Workflow, 'id' | 'state'>,
): Promise<'stopping' | 'stopped'> {
  return within(db, async (tx) => {
    const state = await stopWorkflow(tx, workflow)
    const parts = await tx
      .selectFrom('workflow')
      .select(['id', 'state'])
      .where('parent', '=', workflow.id)
      .where('state', 'in', OPEN)
      .orderBy('number')
      .forUpdate()
      .execute()
    for (const part of parts) await stopWithParts(tx, part)
    return state
  })
}

/** As `reopenWorkflow`. Its parts that did not succeed go on with it, unless a person had it go on without them. */
export async function reopenWithParts(
  db: Db,
  id: string,
  options: Parameters<typeof reopenWorkflow>[2],
): Promise<void> {
  await within(db, async (tx) => {
    await reopenWorkflow(tx, id, options)
    for (const { child, inputs } of (await partsOf(tx, id)).filter(hasFailed))
      await reopenWithParts(tx, child, { inputs, holder: null, action: 'retry' })
  })
}

/** The workflow goes on without those of its parts that did not succeed. */
export async function skipFailedParts(tx: Db, id: string, by: string): Promise<void> {
  const failed = (await partsOf(tx, id)).filter(hasFailed).map(({ child }) => child)
  if (failed.length === 0) return
  await tx.updateTable('workflow_part').set({ skipped_by: by }).where('child', 'in', failed).execute()
}

/** Whether a person may have the whole go on without this part of it, which did not succeed. */
export async function isSkippablePart(db: Db, workflow: Workflow): Promise<boolean> {
  return (await skippable(db, workflow)) !== undefined
}

async function skippable(db: Db, { id, parent, state }: Workflow) {
  if (parent === null || !hasFailed({ state, skipped_by: null })) return undefined
  return db
    .selectFrom('workflow_part')
    .innerJoin('workflow', 'workflow.id', 'workflow_part.parent')
    .select(['workflow_part.parent', 'workflow_part.name'])
    .where('child', '=', id)
    .where('may_skip', '=', true)
    .where('skipped_by', 'is', null)
    .where('workflow.state', 'in', ['running', 'failed'])
    .executeTakeFirst()
}

/** The whole goes on without this part, and warns of that: at once when no other part keeps it. Error: `action_not_possible`. */
export async function skipPart(tx: Db, workflow: Workflow, by: string): Promise<void> {
  const part = await skippable(tx, workflow)
  const whole = part === undefined ? undefined : await lockWorkflow(tx, part.parent)
  if (part === undefined || whole === undefined) {
    const detail = `workflow ${workflow.id} is no part that another workflow can go on without`
    throw new RollcallError('action_not_possible', { detail })
  }
  const warning = new RollcallError('part_skipped', { part: part.name, by })
  await tx.updateTable('workflow_part').set({ skipped_by: by }).where('child', '=', workflow.id).execute()
  await addWarning(tx, whole.id, { code: warning.code, data: warning.data })
  await appendRunLog(tx, whole.id, { level: 'warning', task: null, text: warning.message })
  if (whole.error?.code !== 'part_failed' || (await partsOf(tx, whole.id)).some(hasFailed)) return
  await reopenWorkflow(tx, whole.id, { inputs: whole.inputs, holder: null, action: 'skip_part' })
}

async function within<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}
