import { setTimeout as sleep } from 'node:timers/promises'
import type { RollcallError } from '../base/rollcall-error.ts'
import { asRollcallError, isRollcallError } from '../base/rollcall-error.ts'
import type { Store } from '../store/store.ts'
import type { Platform } from '../platform/open.ts'
import { presentEvent } from '../workspace/alert-rights.ts'
import { startDueRuns } from '../runs/due-runs.ts'
import { claimSlow, findSlow } from '../notify/alert-events.ts'
import { deliver } from '../notify/deliver-alert.ts'
import type { DeliverySettings } from '../notify/deliver-alert.ts'
import { notify } from '../notify/notifications.ts'
import { HandOver } from '../workflow/run-workflow.ts'
import { noticeInterrupted } from '../workflow/subject-lock.ts'
import { cardsOutOfStep, noteWorkflow } from '../workflow/workflow-card.ts'
import { isOfWorkers } from '../workflow/workflow-store.ts'
import type { AlertJob, JobQueue } from './queue.ts'
import { abandonedWorkflows } from './abandoned.ts'
import { runWorkflowJob } from './run-job.ts'
import type { WorkerContext } from './context.ts'
import { Slots } from './slots.ts'
import { tellEnd, untoldEnds } from './tell-end.ts'
import { takeCare } from './upkeep.ts'

type Db = Store['db']

/** A worker: runs workflows, starts what is due, delivers alerts, and keeps tokens alive. Any number of them share a database. */

export interface WorkerOptions {
  readonly platform: Platform
  readonly queue: JobQueue
  readonly delivery: DeliverySettings
  /** Errors of the work between workflows, which is tried again soon. */
  readonly onError: (error: RollcallError, where: string) => void
}

export interface RunningWorker {
  /** Takes no new work, leaves what runs at its last finished batch for another worker, and ends. */
  readonly close: () => Promise<void>
}

/** Pause between two looks for what is due; a run starts at most this much late. */
const LOOK_EVERY_MS = 2_000
const CARDS_EVERY_MS = 60_000
const CARE_EVERY_MS = 10 * 60_000

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { platform, queue, delivery, onError } = options
  const ending = new AbortController()
  const worker: WorkerContext = {
    platform,
    queue,
    slots: new Slots(platform.limits.workflowsAtOnce),
    inHand: new Map(),
    signal: ending.signal,
  }
  await queue.work({
    workflow: ({ workflowId }) => runWorkflowJob(worker, workflowId),
    alert: (job) => deliverJob(platform, delivery, job),
  })
  const taken = new Set<Promise<void>>()
  const takeOver = (workflowId: string): void => {
    const work: Promise<void> = runWorkflowJob(worker, workflowId)
      .catch((error: unknown) => {
        if (!ending.signal.aborted) onError(asRollcallError(error), 'takeover')
      })
      .finally(() => taken.delete(work))
    taken.add(work)
  }
  const loops = [
    repeat(LOOK_EVERY_MS, () => look(worker, takeOver), {
      signal: ending.signal,
      where: 'schedules',
      onError,
    }),
    repeat(CARDS_EVERY_MS, () => mendCards(platform.store.db), {
      signal: ending.signal,
      where: 'cards',
      onError,
    }),
    repeat(CARE_EVERY_MS, () => takeCare(worker, onError), {
      signal: ending.signal,
      where: 'upkeep',
      onError,
    }),
  ]
  const close = async (): Promise<void> => {
    await queue.rest()
    ending.abort(new HandOver())
    await Promise.all([...loops, ...taken])
  }
  let closed: Promise<void> | undefined
  return { close: () => (closed ??= close()) }
}

/** The queue tries again what fails here, so what no other try can mend ends well: the alert has it on record. */
async function deliverJob(
  { store, sealer }: Platform,
  delivery: DeliverySettings,
  { alertId, event }: AlertJob,
): Promise<void> {
  const told = await presentEvent(store.db, alertId, event)
  if (told === null) return
  try {
    await deliver(store.db, sealer, delivery, alertId, told)
  } catch (error) {
    if (!isRollcallError(error) || error.code !== 'alert_not_delivered' || error.passing) throw error
  }
}

/** Starts what is due, and hands out again what a dead worker or a crash left. */
async function look(worker: WorkerContext, takeOver: (workflowId: string) => void): Promise<void> {
  const { platform, queue, inHand } = worker
  const { db } = platform.store
  await noticeInterrupted(platform)
  for (const due of await startDueRuns(platform)) {
    if ('workflowId' in due) await queue.runWorkflow(due.workflowId)
    else {
      await notify(db, {
        kind: 'warning',
        title: due.orchestration.name,
        problem: { code: due.skipped.code, data: due.skipped.data },
        destinationId: due.orchestration.destination_id,
        adminOnly: false,
      })
    }
  }
  for (const id of await openWorkflows(db)) await queue.runWorkflow(id)
  for (const id of await abandonedWorkflows(db)) if (!inHand.has(id)) takeOver(id)
  for (const id of await untoldEnds(db)) await tellEnd(worker, id)
  for (const slow of await findSlow(db, new Date())) {
    await db.transaction().execute(async (tx) => {
      if (await claimSlow(tx, slow)) await queue.sendAlert(tx, { alertId: slow.alertId, event: slow.event })
    })
  }
}

/** All that should be in the queue; what is there already is not added again. */
async function openWorkflows(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('workflow')
    .select('id')
    .where((eb) => eb.or([eb('state', '=', 'scheduled'), eb.and([eb('state', '=', 'running'), isOfWorkers])]))
    .orderBy('number')
    .limit(OPEN_MAX)
    .execute()
  return rows.map(({ id }) => id)
}

const OPEN_MAX = 1_000

/** Cards of runs that gave way to a newer one, or whose worker died before it wrote them. */
async function mendCards(db: Db): Promise<void> {
  for (const id of await cardsOutOfStep(db)) await noteWorkflow(db, id)
}

async function repeat(
  everyMs: number,
  work: () => Promise<void>,
  options: { signal: AbortSignal; where: string; onError: WorkerOptions['onError'] },
): Promise<void> {
  const { signal, where, onError } = options
  while (!signal.aborted) {
    await work().catch((error: unknown) => {
      if (!signal.aborted) onError(asRollcallError(error), where)
    })
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
