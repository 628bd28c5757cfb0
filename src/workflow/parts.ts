import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { inWorkspace } from '../store/workspace.ts'
import { hasFailed, isOpen, OPEN } from './family.ts'
import type { EndedPart, Part, WorkflowEnd } from './task-definition.ts'
import { endWorkflow, insertWorkflow, lockWorkflow } from './workflow-store.ts'
import type { Workflow } from './workflow-store.ts'

/**
 * Workflows that are parts of another one: each is started once, whatever crashes. No process has the whole while it waits for them. What
 * becomes of a whole by its parts, and of parts by their whole, is decided in `family.ts`.
 */

type Db = Kysely<Tables>

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
  const open = parts.filter(isOpen)
  onProgress(parts.length - open.length)
  if (open.length > 0) throw new WaitsForParts()
  const failed = parts.filter(hasFailed)
  if (failed.length > 0) throw new RollcallError('part_failed', { parts: quotedNames(failed) })
  return parts.map(({ name, child, isSkipped }) => ({ name, workflow: child, isSkipped }))
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

async function partsOf(db: Db, id: string) {
  const rows = await db
    .selectFrom('workflow_part')
    .innerJoin('workflow', 'workflow.id', 'workflow_part.child')
    .select(['workflow_part.name', 'workflow_part.child', 'workflow_part.skipped_by', 'workflow.state'])
    .where('workflow_part.parent', '=', id)
    .orderBy('workflow.number')
    .execute()
  return rows.map(({ name, child, state, skipped_by: by }) => ({
    name,
    child,
    state,
    isSkipped: by !== null,
  }))
}

type StoredPart = Awaited<ReturnType<typeof partsOf>>[number]

const NAMES_MAX = 5

/** `"North", "South" and 3 more` */
function quotedNames(parts: readonly StoredPart[]): string {
  const names = parts.slice(0, NAMES_MAX).map(({ name }) => `"${name}"`)
  const more = parts.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}

/**
 * Records how a workflow ended. False, and nothing is recorded, when it failed because of parts that a person has retried or skipped in
 * this moment: it goes on then.
 */
export async function recordEnd(
  db: Db,
  id: string,
  { state, error }: Exclude<WorkflowEnd, { readonly state: 'running' }>,
): Promise<boolean> {
  if (error?.code !== 'part_failed') {
    await endWorkflow(db, id, state, error)
    return true
  }
  return db.transaction().execute(async (tx) => {
    await lockWorkflow(tx, id)
    const isKept = (await partsOf(tx, id)).some(hasFailed)
    if (isKept) await endWorkflow(tx, id, state, error)
    return isKept
  })
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
