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
import { HandOver } from '../workflow/run-workflow.ts'
import { noticeInterrupted } from '../workflow/subject-lock.ts'
import { cardsOutOfStep, noteWorkflow } from '../workflow/workflow-card.ts'
import type { AlertJob, JobQueue } from './queue.ts'
import { abandonedWorkflows } from './abandoned.ts'
import { runUntilAside } from './run-job.ts'
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
    onError,
    signal: ending.signal,
  }
  await queue.work({
    workflow: ({ workflowId }) => runUntilAside(worker, workflowId),
    alert: (job) => deliverJob(worker, delivery, job),
  })
  const { db } = platform.store
  const chores: Readonly<Record<string, readonly [everyMs: number, chore: Chore]>> = {
    schedules: [LOOK_EVERY_MS, (fail) => startDue(worker, fail)],
    workflows: [LOOK_EVERY_MS, () => handOut(worker)],
    ends: [LOOK_EVERY_MS, async (fail) => each(await untoldEnds(db), (id) => tellEnd(worker, id), fail)],
    'slow workflows': [
      LOOK_EVERY_MS,
      async (fail) => each(await findSlow(db, new Date(), fail), (slow) => tellSlow(worker, slow), fail),
    ],
    // Of runs that gave way to a newer one, or whose worker died before it wrote them.
    cards: [
      CARDS_EVERY_MS,
      async (fail) => each(await cardsOutOfStep(db), (id) => noteWorkflow(db, id), fail),
    ],
    upkeep: [CARE_EVERY_MS, () => takeCare(worker, onError)],
  }
  // Each by itself, so that one that fails, whatever for, keeps no other from its work.
  const loops = Object.entries(chores).map(async ([where, [everyMs, chore]]) => {
    const fail = (error: unknown): void => {
      if (!ending.signal.aborted) onError(asRollcallError(error), where)
    }
    await repeat(everyMs, async () => chore(fail).catch(fail), ending.signal)
  })
  const close = async (): Promise<void> => {
    await queue.rest()
    ending.abort(new HandOver())
    await Promise.allSettled([...loops, ...worker.inHand.values()])
  }
  let closed: Promise<void> | undefined
  return { close: () => (closed ??= close()) }
}

/** The queue tries again what fails here, so what no other try can mend ends well: the alert has it on record. */
async function deliverJob(
  { platform: { store, sealer }, onError, signal }: WorkerContext,
  delivery: DeliverySettings,
  { alertId, event }: AlertJob,
): Promise<void> {
  try {
    const told = await presentEvent(store.db, alertId, event)
    if (told !== null) await deliver(store.db, sealer, delivery, alertId, told)
  } catch (error) {
    const isRefused = isRollcallError(error) && error.code === 'alert_not_delivered'
    if (!isRefused && !signal.aborted) onError(asRollcallError(error), `alert ${alertId}`)
    if (!isRefused || error.passing) throw error
  }
}

type Fail = (error: unknown) => void
/** Rejects, or says of a part that it failed and goes on with the others. */
type Chore = (fail: Fail) => Promise<void>

async function startDue({ platform, queue }: WorkerContext, fail: Fail): Promise<void> {
  // A command that was killed must not keep a list from its schedule.
  await noticeInterrupted(platform, fail).catch(fail)
  for (const due of await startDueRuns(platform, fail)) {
    if ('workflowId' in due) await queue.runWorkflow(due.workflowId)
    else if (due.refusal?.code === 'internal_error') fail(due.refusal)
  }
}

/** All that should be in the queue: what a dead worker or a crash left there or not, and what was not handed over. */
async function handOut({ platform, queue }: WorkerContext): Promise<void> {
  const { db } = platform.store
  await queue.runWorkflow(...(await abandonedWorkflows(db)), ...(await scheduledWorkflows(db)))
}

async function scheduledWorkflows(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('workflow')
    .select('id')
    .where('state', '=', 'scheduled')
    .orderBy('number')
    .limit(HANDED_OUT_MAX)
    .execute()
  return rows.map(({ id }) => id)
}

const HANDED_OUT_MAX = 1_000

async function tellSlow(
  { platform, queue }: WorkerContext,
  slow: Awaited<ReturnType<typeof findSlow>>[number],
): Promise<void> {
  await platform.store.db.transaction().execute(async (tx) => {
    if (await claimSlow(tx, slow)) await queue.sendAlert(tx, { alertId: slow.alertId, event: slow.event })
  })
}

/** Does it for each, whatever becomes of the others. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>, fail: Fail): Promise<void> {
  for (const item of items) await work(item).catch(fail)
}

async function repeat(everyMs: number, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work()
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
