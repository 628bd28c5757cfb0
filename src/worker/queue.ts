import { CompiledQuery } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import { PgBoss } from 'pg-boss'
import type { Connection } from '../base/postgres-client.ts'
import type { Limits } from '../base/limits.ts'
import { QUEUE_SESSION } from '../store/in-use.ts'
import type { Tables, WorkflowTable } from '../store/schema.ts'
import type { AlertEvent } from '../notify/alert-event.ts'

/**
 * The queue that all workers of a database share. Jobs say only what to look at: what there is to do stands in the tables, so a
 * job that comes twice or too late does no harm, and one that is lost is made again.
 */

export interface WorkflowJob {
  readonly workflowId: string
}

export interface AlertJob {
  readonly alertId: string
  readonly event: AlertEvent
}

export interface JobQueue {
  /** Adds workflows for the workers, those that a worker has left in the middle before all others. What is in the queue stays as it is. */
  readonly runWorkflow: (...workflowIds: readonly string[]) => Promise<void>
  /** Delivers an alert, once the transaction is committed in which it is called. */
  readonly sendAlert: (tx: Kysely<Tables>, job: AlertJob) => Promise<void>
  readonly work: (handlers: Handlers) => Promise<void>
  /** Takes no more jobs; those in hand go on. */
  readonly rest: () => Promise<void>
  /** Waits up to `waitMs` for jobs in hand, then lets go. */
  readonly close: (waitMs: number) => Promise<void>
}

export interface Handlers {
  /** Resolves when there is a place for another one. */
  readonly workflow: (job: WorkflowJob) => Promise<void>
  readonly alert: (job: AlertJob) => Promise<void>
}

const WORKFLOW = 'workflow'
const ALERT = 'alert'
/** A workflow may wait for hours between its tries; a dead worker is noticed by its silence, not by this. */
const WORKFLOW_SECONDS_MAX = 23 * 60 * 60
/** The shortest that the queue knows. */
const HEARTBEAT_SECONDS_MIN = 10
const SUPERVISE_SECONDS = 2
/** The shortest that the queue knows: after a short job, the next one is asked for this late. */
const POLL_SECONDS = 0.5
const POOL_MAX = 4
/** Alerts are tried again after 15 s, 30 s, 1 min and so on. */
const ALERT_RETRY_SECONDS = 15

/** Opens the queue, in a schema of its own. `work` makes this process a worker; without it, jobs can only be added. */
export async function openQueue(options: {
  connection: Connection
  limits: Limits
  onError: (error: Error) => void
}): Promise<JobQueue> {
  const { limits, onError } = options
  const boss = new PgBoss({
    ...(options.connection as object),
    application_name: QUEUE_SESSION,
    max: POOL_MAX,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    useListenNotify: true,
  })
  boss.on('error', onError)
  await boss.start()
  await declare(boss, limits)
  return {
    runWorkflow: async (...workflowIds) => {
      if (workflowIds.length === 0) return
      const text = 'select id, turn, state, holder from workflow where id = any($1) order by number'
      const { rows } = await boss.getDb().executeSql(text, [workflowIds])
      await boss.insert(WORKFLOW, (rows as Waiting[]).map(jobOf))
    },
    sendAlert: async (tx, job) => {
      const singletonKey = `${job.alertId} ${job.event.id}`
      await boss.send(ALERT, job, {
        singletonKey,
        db: { executeSql: (text, values) => run(tx, text, values) },
      })
    },
    work: (handlers) => work(boss, handlers, limits),
    rest: async () => {
      for (const name of [WORKFLOW, ALERT]) await boss.offWork(name, { wait: false })
    },
    close: async (waitMs) => {
      await boss.stop({ graceful: true, timeout: waitMs })
    },
  }
}

type Waiting = Pick<Selectable<WorkflowTable>, 'id' | 'turn' | 'state' | 'holder'>

function jobOf({ id, turn, state, holder }: Waiting) {
  return {
    data: { workflowId: id } satisfies WorkflowJob,
    // The job of a worker that died stays for a while. It must not keep out that of the next turn, or of the next worker.
    singletonKey: `${id} ${turn} ${holder ?? ''}`,
    priority: state === 'running' ? 1 : 0,
  }
}

async function run(tx: Kysely<Tables>, text: string, values: unknown[] = []) {
  const { rows } = await tx.executeQuery(CompiledQuery.raw(text, values))
  return { rows }
}

async function declare(boss: PgBoss, limits: Limits): Promise<void> {
  const heartbeatSeconds = Math.max(HEARTBEAT_SECONDS_MIN, Math.round(limits.takeoverMs / 1000))
  const workflows = {
    heartbeatSeconds,
    expireInSeconds: WORKFLOW_SECONDS_MAX,
    // A worker that dies is replaced however often that happens.
    retryLimit: 1_000,
    retryDelay: 1,
    notify: true,
    deleteAfterSeconds: 60,
  }
  const alerts = {
    retryLimit: limits.alertRetries,
    retryDelay: ALERT_RETRY_SECONDS,
    retryBackoff: true,
    expireInSeconds: 120,
    notify: true,
  }
  await createOrUpdate(boss, WORKFLOW, workflows)
  await createOrUpdate(boss, ALERT, alerts)
}

async function createOrUpdate(boss: PgBoss, name: string, options: object): Promise<void> {
  await boss.createQueue(name, { policy: 'exclusive', ...options })
  await boss.updateQueue(name, options)
}

/** A worker asks for no more workflows than it has places for, so that none waits here while another worker is free. */
async function work(boss: PgBoss, handlers: Handlers, { workflowsAtOnce }: Limits): Promise<void> {
  const polling = { pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_SECONDS }
  await boss.work<WorkflowJob>(WORKFLOW, { ...polling, localConcurrency: workflowsAtOnce }, async (jobs) => {
    for (const { data } of jobs) await handlers.workflow(data)
  })
  await boss.work<AlertJob>(ALERT, { ...polling, localConcurrency: 4 }, async (jobs) => {
    for (const { data } of jobs) await handlers.alert(data)
  })
}
