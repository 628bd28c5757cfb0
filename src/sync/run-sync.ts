import { hostname } from 'node:os'
import type { Kysely } from 'kysely'
import type { ActionName } from '../base/catalogue.ts'
import { openList, releaseList } from '../ledger/lists.ts'
import type { Tables } from '../store/schema.ts'
import { inWorkspace, PRODUCTION } from '../store/workspace.ts'
import {
  appendRunLog,
  getWorkflow,
  insertWorkflow,
  lockWorkflow,
  reopenWorkflow,
  supersedeWaiting,
  WORKER,
} from '../workflow/workflow-store.ts'
import { giveUp, handOver, standingOf, takeWorkflow } from '../workflow/lost-processes.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import { checkRejects } from './check-rejects.ts'
import { execute, prepareResume } from './execute.ts'
import type { RunOptions, SyncEnd } from './execute.ts'
import { checkInputs } from './inputs.ts'
import { openInputs, storedInputs } from './stored-inputs.ts'
import type { SyncInputs } from './inputs.ts'
import type { Services } from './run.ts'
import { endInterrupted, listOf, refuseBusy, withListLock } from './list-lock.ts'

/**
 * Brings a customer list in step with a query, as a new workflow. One run at a time per list: `already_running` with
 * the id of the other, also of one that waits for a worker; `wrong_usage` for inputs that can never work. Whatever an earlier run
 * left unfinished is counted as told or unsure first.
 */
export async function startSync(options: RunOptions & { inputs: SyncInputs }): Promise<SyncEnd> {
  const { services, inputs } = options
  checkInputs(inputs, services.limits)
  await checkRejects(inputs, { limits: services.limits, signal: options.signal })
  const list = await openList(services.store.db, inputs.adAccountId, inputs.list)
  return withListLock(services.store, list.id, async (lock) => {
    const { db } = lock
    await endInterrupted(db, list.id)
    await refuseBusy(db, list.id)
    await options.beforeStart?.(db)
    await supersedeWaiting(db, list.id)
    // The command line works in production.
    const id = await insertWorkflow(inWorkspace(db, PRODUCTION), {
      kind: 'sync',
      subject: list.id,
      inputs: (workflowId) => storedInputs(inputs, services.sealer, workflowId),
      holder: processName(),
    })
    options.onStart?.(id)
    return execute(options, { id, listId: list.id, inputs, lock })
  })
}

/** Runs a workflow again from its first task that did not succeed, under the same id. Error: `already_running`. */
export async function resumeSync(
  options: RunOptions & { workflow: Workflow; inputs: SyncInputs; action: ActionName },
): Promise<SyncEnd> {
  const { services, workflow, inputs } = options
  const { id } = workflow
  const listId = listOf(workflow)
  return withListLock(services.store, listId, async (lock) => {
    const { db } = lock
    await endInterrupted(db, listId)
    await refuseBusy(db, listId)
    await options.beforeStart?.(db)
    await reopenWorkflow(db, id, {
      inputs: storedInputs(inputs, services.sealer, id),
      holder: processName(),
      action: options.action,
    })
    await prepareResume(services, db, { id, listId, inputs })
    options.onStart?.(id)
    return execute(options, { id, listId, inputs, lock })
  })
}

/**
 * Runs a workflow that is scheduled, or goes on with one whose process is gone: confirmed batches are not sent again. Null when
 * it is neither by now. Error: `already_running` while another process has the list, which may be the one that runs it.
 *
 * May be called any number of times for the same workflow. When it throws, or when the signal is a `HandOver`, the workflow
 * stays as it is for the next call. One whose process was lost too often is ended as failed, and gives null.
 */
export async function runScheduled(
  options: Omit<RunOptions, 'beforeStart'> & { workflowId: string },
): Promise<SyncEnd | null> {
  const { services, workflowId: id } = options
  const found = await getWorkflow(services.store.db, id)
  if (!isUnderWay(found)) return null
  const listId = listOf(found)
  return withListLock(services.store, listId, async (lock) => {
    const { db } = lock
    await endInterrupted(db, listId, id)
    const taken = await db.transaction().execute(async (tx) => take(services, tx, id))
    if (taken === null) return null
    if (taken.from !== null) await noteTakeover(options, db, taken.from)
    await prepareResume(services, db, { id, listId, inputs: taken.inputs })
    options.onStart?.(id)
    const run = await execute(options, { id, listId, inputs: taken.inputs, lock })
    if (run.end.state === 'running') await handOver(db, id)
    return run
  })
}

interface Taken {
  readonly inputs: SyncInputs
  /** The workflow as another process left it; null when it begins. */
  readonly from: Workflow | null
}

/** Makes this process the holder, in one step with what the workflow does first; null when it has ended, or is given up. */
async function take({ sealer, limits }: Services, tx: Kysely<Tables>, id: string): Promise<Taken | null> {
  const workflow = await lockWorkflow(tx, id)
  if (!isUnderWay(workflow)) return null
  const standing = await standingOf(tx, workflow)
  if (standing.lostProcesses >= limits.lostProcessesMax && !workflow.stop_requested) {
    await giveUp(tx, workflow, standing)
    return null
  }
  const inputs = openInputs(workflow.inputs, sealer, id)
  await supersedeWaiting(tx, listOf(workflow))
  await letGo(tx, listOf(workflow), workflow.release_list)
  await takeWorkflow(tx, id, { ...standing, holder: `${WORKER}${processName()}` })
  return { inputs, from: workflow.state === 'running' ? workflow : null }
}

function isUnderWay(workflow: Workflow | undefined): workflow is Workflow {
  return workflow?.state === 'scheduled' || workflow?.state === 'running'
}

async function noteTakeover(
  options: Pick<RunOptions, 'onEvent'>,
  db: Kysely<Tables>,
  { id, holder }: Workflow,
): Promise<void> {
  const text =
    holder === null
      ? 'Taken over from a worker that shut down in order'
      : `Taken over from ${holder}, which is gone`
  await appendRunLog(db, id, { level: 'warning', task: null, text })
  options.onEvent({ kind: 'log', level: 'warning', text })
}

/** Runs that leave the held list behind forget it, under the list's lock and before they begin. */
export async function letGo(
  db: Kysely<Tables>,
  listId: string,
  release: 'rebuild' | 'use_newer_list' | null,
): Promise<void> {
  const at = new Date().toISOString()
  if (release === 'rebuild') await releaseList(db, listId, { newestIdBefore: null, at })
  if (release === 'use_newer_list') await releaseList(db, listId, null)
}

function processName(): string {
  return `${hostname()}:${process.pid}`
}
