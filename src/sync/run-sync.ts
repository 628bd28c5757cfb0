import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ActionName } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import {
  changeSetOfWorkflow,
  getList,
  listBatches,
  openChangeSetOf,
  openList,
  rememberCounters,
} from '../ledger/ledger.ts'
import { spoolDir, sweepSnapshots } from '../ledger/snapshots.ts'
import type { Lock } from '../store/store.ts'
import { runWorkflow } from '../workflow/run-workflow.ts'
import type { WorkflowEnd, WorkflowEvent } from '../workflow/run-workflow.ts'
import {
  appendRunLog,
  endWorkflow,
  forgetTasksFrom,
  insertWorkflow,
  reopenWorkflow,
  runningWorkflows,
  supersedeWaiting,
} from '../workflow/workflow-store.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import { checkInputs, storedInputs } from './inputs.ts'
import type { SyncInputs } from './inputs.ts'
import { mainJob, taskPosition } from './main-job.ts'
import type { Services, SyncRun, WorkPaths } from './run.ts'

export interface RunOptions {
  readonly services: Services
  readonly signal: AbortSignal
  readonly wait: boolean
  readonly onEvent: (event: WorkflowEvent) => void
  /** Done under the list's lock, before anything else. */
  readonly beforeStart?: () => Promise<void>
  /** Told as soon as the workflow has an id, before it does anything. */
  readonly onStart?: (workflowId: string) => void
}

export interface SyncEnd {
  readonly workflowId: string
  readonly end: WorkflowEnd
}

/**
 * Brings a customer list in step with a query, as a new workflow. One run at a time per list: `already_running` with
 * the id of the other. Whatever an earlier run left unfinished is counted as told or unsure first.
 */
export async function startSync(options: RunOptions & { inputs: SyncInputs }): Promise<SyncEnd> {
  const { services, inputs } = options
  checkInputs(inputs, services.limits)
  const { db } = services.store
  const list = await openList(db, inputs.adAccountId, inputs.list)
  return withListLock(options, list.id, async (lock) => {
    await options.beforeStart?.()
    await supersedeWaiting(db, list.id)
    const id = await insertWorkflow(db, {
      listId: list.id,
      inputs: (workflowId) => storedInputs(inputs, services.sealer, workflowId),
      holder: holder(),
    })
    options.onStart?.(id)
    return execute(options, { id, listId: list.id, inputs, lock })
  })
}

/** Runs a workflow again from its first task that did not succeed, under the same id. */
export async function resumeSync(
  options: RunOptions & { workflow: Workflow; inputs: SyncInputs; action: ActionName },
): Promise<SyncEnd> {
  const { services, workflow, inputs } = options
  const listId = listOf(workflow)
  return withListLock(options, listId, async (lock) => {
    await options.beforeStart?.()
    await reopenWorkflow(services.store.db, workflow.id, {
      inputs: storedInputs(inputs, services.sealer, workflow.id),
      holder: holder(),
      action: options.action,
    })
    await prepareResume(services, workflow.id, listId)
    options.onStart?.(workflow.id)
    return execute(options, { id: workflow.id, listId, inputs, lock })
  })
}

/**
 * A change set that another run has folded meanwhile cannot go on: rows are read and compared anew. Batches that were
 * under way when a process died may have landed any number of times, so the list's counters prove nothing.
 */
async function prepareResume(services: Services, workflowId: string, listId: string): Promise<void> {
  const { db } = services.store
  const changeSet = await changeSetOfWorkflow(db, workflowId)
  if (changeSet === undefined) return
  if (changeSet.state === 'folded') return forgetTasksFrom(db, workflowId, taskPosition('prepare'))
  const batches = await listBatches(db, changeSet.id)
  if (batches.some((batch) => batch.state === 'sending')) await rememberCounters(db, listId, null)
}

export function listOf(workflow: Workflow): string {
  if (workflow.list_id === null) throw new TypeError(`workflow ${workflow.id} has no list`)
  return workflow.list_id
}

export function listLockName(listId: string): string {
  return `list:${listId}`
}

/** Runs `work` as the only one that changes this list. The lock dies with this process. */
async function withListLock<T>(
  options: Pick<RunOptions, 'services'>,
  listId: string,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const { store } = options.services
  const lock = await store.tryLock(listLockName(listId))
  if (lock === null) {
    const [running] = await runningWorkflows(store.db, listId)
    throw new RollcallError('already_running', { workflow: running?.id ?? '(just starting)' })
  }
  try {
    await endInterrupted(options.services, listId)
    return await work(lock)
  } finally {
    await lock.release()
  }
}

/** With the lock in hand, a workflow of this list that says it runs does not: its process is gone. */
export async function endInterrupted(services: Pick<Services, 'store'>, listId: string): Promise<void> {
  const { db } = services.store
  for (const workflow of await runningWorkflows(db, listId)) {
    await endWorkflow(db, workflow.id, 'failed', new RollcallError('interrupted'))
    await appendRunLog(db, workflow.id, {
      level: 'error',
      task: null,
      text: new RollcallError('interrupted').message,
    })
  }
}

function holder(): string {
  return `${hostname()}:${process.pid}`
}

async function execute(
  options: RunOptions,
  job: { id: string; listId: string; inputs: SyncInputs; lock: Lock },
): Promise<SyncEnd> {
  const { services } = options
  const { db } = services.store
  await sweepList(services, job.listId, job.id)
  const paths = workPaths(services, job.listId, job.id)
  const limits = { ...services.limits, ...job.inputs.limits }
  const context: Pick<SyncRun, 'services' | 'db' | 'limits' | 'inputs' | 'listId' | 'paths'> = {
    services,
    db,
    limits,
    inputs: job.inputs,
    listId: job.listId,
    paths,
  }
  const end = await runWorkflow({
    db,
    limits,
    id: job.id,
    tasks: mainJob,
    context,
    // A lost lock means another process may take this list over: stop before sending anything more.
    signal: AbortSignal.any([options.signal, job.lock.lost]),
    wait: options.wait,
    onEvent: options.onEvent,
  })
  if (end.state === 'succeeded') await rm(paths.work, { recursive: true, force: true })
  return { workflowId: job.id, end }
}

function workPaths(services: Pick<Services, 'home'>, listId: string, workflowId: string): WorkPaths {
  const work = join(services.home.workDir, workflowId)
  return { work, stage: join(work, 'stage'), spool: spoolDir(services.home, listId, workflowId) }
}

/** Deletes what ended runs of this list left on disk and nobody needs any more. */
async function sweepList(services: Services, listId: string, workflowId: string): Promise<void> {
  const { db } = services.store
  const list = await getList(db, listId)
  const open = await openChangeSetOf(db, listId)
  const own = await changeSetOfWorkflow(db, workflowId)
  const keep = [
    list.told_snapshot,
    list.unsure_snapshot,
    open?.desired_snapshot ?? null,
    open === undefined ? null : `spool-${open.workflow_id}`,
    own?.desired_snapshot ?? null,
    `spool-${workflowId}`,
  ]
  await sweepSnapshots(services.home, listId, new Set(keep.filter((name) => name !== null)))
  const ended = await db
    .selectFrom('workflow')
    .select('id')
    .where('list_id', '=', listId)
    .where('id', '<>', workflowId)
    .execute()
  await Promise.all(
    ended.map(({ id }) => rm(join(services.home.workDir, id), { recursive: true, force: true })),
  )
}
