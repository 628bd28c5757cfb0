import { hostname } from 'node:os'
import type { Kysely } from 'kysely'
import type { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { Lock, Store } from '../store/store.ts'
import { inWorkspace, PRODUCTION } from '../store/workspace.ts'
import { endLate, giveWay, stopMembers } from './change-family.ts'
import { isLate, openBelow } from './family.ts'
import { lockWorkflows, readFamily } from './family-store.ts'
import { kindOf } from './kind.ts'
import type { Job } from './kind.ts'
import { countParts } from './parts.ts'
import { giveUp, goesOn, handOver, standingOf, takeWorkflow } from './lost-processes.ts'
import { runWorkflow, textOf } from './run-workflow.ts'
import type { Aside } from './run-workflow.ts'
import type { Services } from './services.ts'
import type { WorkflowEnd, WorkflowEvent } from './task-definition.ts'
import { endInterrupted, refuseBusy, withSubjectLock } from './subject-lock.ts'
import {
  addRequests,
  appendRunLog,
  endWorkflow,
  getWorkflow,
  insertWorkflow,
  lockWorkflow,
  stopWorkflow,
  WORKER,
} from './workflow-store.ts'
import type { NewWorkflow, Workflow } from './workflow-store.ts'

/** Running workflows of any kind: starting one, continuing one, and what a worker does with a scheduled one. */

type Db = Kysely<Tables>

export interface RunOptions {
  readonly services: Services
  readonly signal: AbortSignal
  readonly wait: boolean
  /** Does the waiting between two tries; a worker lets others work meanwhile. */
  readonly aside?: Aside
  /** Others run in this process too. A workflow that must be alone is left as it is. */
  readonly isShared?: boolean
  readonly onEvent: (event: WorkflowEvent) => void
  /** Done under the subject's lock, in the transaction that records a new workflow. */
  readonly beforeStart?: (tx: Db) => Promise<void>
  /** Told as soon as the workflow has an id, before it does anything. */
  readonly onStart?: (workflowId: string) => void
}

export interface RunEnd {
  readonly workflowId: string
  readonly end: WorkflowEnd
}

/**
 * Records a workflow of production and runs it in this process. A workflow that waits for a person ends for it. Error: `already_running`,
 * with the id of the other workflow of the subject, which may still wait for a worker.
 */
export async function startHere(
  options: RunOptions,
  wanted: Pick<NewWorkflow, 'kind' | 'subject' | 'inputs'>,
): Promise<RunEnd> {
  const locked = { ...wanted, id: null }
  return withSubjectLock(options.services.store, locked, async (lock) => {
    const { db } = lock
    await endInterrupted(db, locked)
    await refuseBusy(db, locked)
    const id = await db.transaction().execute(async (tx) => {
      await options.beforeStart?.(tx)
      await giveWay(tx, locked)
      return insertWorkflow(inWorkspace(tx, PRODUCTION), { ...wanted, holder: processName() })
    })
    options.onStart?.(id)
    return execute(options, await jobOf(options.services, db, id), lock)
  })
}

/** Runs a workflow again in this process from its first task that did not succeed, under the same id. Error: `already_running`. */
export async function resumeHere(
  options: Omit<RunOptions, 'beforeStart'> & {
    readonly workflow: Workflow
    /** Decides, and records that it goes on under this holder. */
    readonly reopen: (tx: Db, holder: string) => Promise<void>
  },
): Promise<RunEnd> {
  const { services, workflow } = options
  return withSubjectLock(services.store, workflow, async (lock) => {
    const { db } = lock
    await endInterrupted(db, workflow)
    await refuseBusy(db, workflow)
    await db.transaction().execute((tx) => options.reopen(tx, processName()))
    const job = await jobOf(services, db, workflow.id)
    await kindOf(workflow).prepare?.(services, db, job)
    options.onStart?.(workflow.id)
    return execute(options, job, lock)
  })
}

/**
 * Runs a scheduled workflow, or continues one whose process is gone, and repeats nothing that is done. Null when it is neither by now.
 * Error: `already_running` while another process has the subject; that process may be running this workflow.
 *
 * May be called any number of times for the same workflow. When it throws, or when the signal is a `HandOver`, the workflow
 * stays as it is for the next call. One whose process was lost too often is ended as failed, and gives null; so does one that must be alone
 * where others run.
 */
export async function runScheduled(
  options: Omit<RunOptions, 'beforeStart'> & { workflowId: string },
): Promise<RunEnd | null> {
  const { services, workflowId: id } = options
  const found = await getWorkflow(services.store.db, id)
  if (!isUnderWay(found)) return null
  return withSubjectLock(services.store, found, async (lock) => {
    const { db } = lock
    await endInterrupted(db, found, id)
    const taken = await db.transaction().execute(async (tx) => {
      // First what an action locks first.
      if (found.subject !== null) await kindOf(found).hold?.(tx, found.subject)
      return take(options, tx, id)
    })
    if (taken === null) return null
    const { workflow } = taken
    if (workflow.state === 'running') await noteTakeover(options, db, workflow)
    await kindOf(workflow).prepare?.(services, db, taken)
    options.onStart?.(id)
    return execute(options, taken, lock)
  })
}

/**
 * Ends a workflow that cannot run for what went wrong outside its tasks, or as stopped if a person asked for that. Without effect on one
 * that is over by now. Error: `already_running` while another process has the subject.
 */
export async function endBroken(store: Store, broken: Workflow, error: RollcallError): Promise<void> {
  await withSubjectLock(store, broken, ({ db }) =>
    db.transaction().execute(async (tx) => {
      const workflow = await lockWorkflow(tx, broken.id)
      if (!isUnderWay(workflow)) return
      if (workflow.stop_requested) {
        const family = await readFamily(tx, workflow.id)
        const below = openBelow(family, workflow.id)
        await lockWorkflows(tx, below)
        await stopWorkflow(tx, { id: workflow.id, state: 'scheduled' })
        await stopMembers(tx, family, below)
        return
      }
      await endWorkflow(tx, workflow.id, 'failed', error)
      await appendRunLog(tx, workflow.id, { level: 'error', task: null, text: textOf(error) })
    }),
  )
}

type Taken = Omit<Job, 'lock'>

async function jobOf(services: Services, db: Db, id: string): Promise<Taken> {
  const workflow = await getWorkflow(db, id)
  if (workflow === undefined) throw new TypeError(`workflow ${id} is gone`)
  return { workflow, inputs: kindOf(workflow).inputs(services, workflow) }
}

/**
 * Makes this process the holder, in one step with the first thing the workflow does; returns the workflow as it was before. Null when it
 * has ended, is late, is given up, or must be alone.
 */
async function take(
  { services, isShared = false }: Pick<RunOptions, 'services' | 'isShared'>,
  tx: Db,
  id: string,
): Promise<Taken | null> {
  const workflow = await lockWorkflow(tx, id)
  if (!isUnderWay(workflow)) return null
  const family = await readFamily(tx, id)
  if (isLate(family, id)) {
    await endLate(tx, family, id)
    return null
  }
  const standing = await standingOf(tx, workflow)
  const manner = goesOn(workflow, standing, services.limits)
  if (manner === 'not at all') await giveUp(tx, workflow, standing)
  if (manner === 'not at all' || (manner === 'alone' && isShared)) return null
  const kind = kindOf(workflow)
  const inputs = kind.inputs(services, workflow)
  await giveWay(tx, workflow)
  await kind.take?.(tx, workflow)
  await takeWorkflow(tx, id, { ...standing, holder: `${WORKER}${processName()}` })
  return { workflow, inputs }
}

function isUnderWay(workflow: Workflow | undefined): workflow is Workflow {
  return workflow?.state === 'scheduled' || workflow?.state === 'running'
}

async function noteTakeover(
  options: Pick<RunOptions, 'onEvent'>,
  db: Db,
  { id, holder }: Workflow,
): Promise<void> {
  const text =
    holder === null ? 'Taken over from a worker that shut down' : `Taken over from ${holder}, which is gone`
  await appendRunLog(db, id, { level: 'warning', task: null, text })
  options.onEvent({ kind: 'log', level: 'warning', text })
}

/** Runs the tasks of a workflow that is recorded as running, under the lock of its subject. */
async function execute(options: RunOptions, { workflow, inputs }: Taken, lock: Lock): Promise<RunEnd> {
  const { services } = options
  const { db } = lock
  const { id } = workflow
  const kind = kindOf(workflow)
  const { limits, context, close } = await kind.open(services, { workflow, inputs, lock })
  const end = await recordingRequests(services, db, id, async () =>
    runWorkflow({
      db,
      limits,
      id,
      tasks: kind.tasks,
      context,
      isWoken: workflow.state === 'running' && workflow.holder === null && (await countParts(db, id)) > 0,
      // A lost lock means another process may take this subject over: stop before sending anything more.
      signal: AbortSignal.any([options.signal, lock.lost]),
      wait: options.wait,
      aside: options.aside,
      onEvent: options.onEvent,
    }),
  )
  await close(end)
  if (end.state === 'running') await handOver(db, id)
  return { workflowId: id, end }
}

/**
 * Records what the work of this process asked of Pinterest, however it ends. That is worth no error of its own, and no waiting for a
 * database that is gone: without the lock nothing is recorded.
 */
async function recordingRequests<T>(
  { counts }: Pick<Services, 'counts'>,
  db: Db,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const before = { ...counts }
  try {
    return await work()
  } finally {
    await addRequests(db, id, {
      reads: counts.reads - before.reads,
      writes: counts.writes - before.writes,
      retries: counts.retries - before.retries,
      throttled: counts.throttled - before.throttled,
    }).catch(() => null)
  }
}

function processName(): string {
  return `${hostname()}:${process.pid}`
}
