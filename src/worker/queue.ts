import { CompiledQuery } from 'kysely'
import type { Kysely } from 'kysely'
import { PgBoss } from 'pg-boss'
import type { Connection } from '../base/postgres-client.ts'
import type { Limits } from '../base/limits.ts'
import type { Tables } from '../store/schema.ts'
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
  readonly runWorkflow: (workflowId: string) => Promise<void>
  /** Delivers an alert, once the transaction is committed in which it is called. */
  readonly sendAlert: (tx: Kysely<Tables>, job: AlertJob) => Promise<void>
  readonly work: (handlers: Handlers) => Promise<void>
  /** Takes no more jobs; those in hand go on. */
  readonly rest: () => Promise<void>
  /** Waits up to `waitMs` for jobs in hand, then lets go. */
  readonly close: (waitMs: number) => Promise<void>
}

export interface Handlers {
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
const POLL_SECONDS = 1
const POOL_MAX = 4
/** Alerts are tried again after 15 s, 30 s, 1 min and so on. */
const ALERT_RETRY_SECONDS = 15
/** Workflows that wait for Pinterest hold no place of those that run, only a job in hand. */
const JOBS_IN_HAND = 32

/** Opens the queue, in a schema of its own. `work` makes this process a worker; without it, jobs can only be added. */
export async function openQueue(options: {
  connection: Connection
  limits: Limits
  onError: (error: Error) => void
}): Promise<JobQueue> {
  const { limits, onError } = options
  const boss = new PgBoss({
    ...(options.connection as object),
    application_name: 'rollcall queue',
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
    runWorkflow: async (workflowId) => {
      // The job of a worker that died stays for a while. It must not keep out that of the next turn.
      const { rows } = await boss.getDb().executeSql('select turn from workflow where id = $1', [workflowId])
      const [row] = rows as { turn: number }[]
      if (row === undefined) return
      const singletonKey = `${workflowId} ${row.turn}`
      await boss.send(WORKFLOW, { workflowId } satisfies WorkflowJob, { singletonKey })
    },
    sendAlert: async (tx, job) => {
      const singletonKey = `${job.alertId} ${job.event.id}`
      await boss.send(ALERT, job, {
        singletonKey,
        db: { executeSql: (text, values) => run(tx, text, values) },
      })
    },
    work: (handlers) => work(boss, handlers),
    rest: async () => {
      for (const name of [WORKFLOW, ALERT]) await boss.offWork(name, { wait: false })
    },
    close: async (waitMs) => {
      await boss.stop({ graceful: true, timeout: waitMs })
    },
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

async function work(boss: PgBoss, handlers: Handlers): Promise<void> {
  const polling = { pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: SUPERVISE_SECONDS }
  await boss.work<WorkflowJob>(WORKFLOW, { ...polling, localConcurrency: JOBS_IN_HAND }, async (jobs) => {
    for (const { data } of jobs) await handlers.workflow(data)
  })
  await boss.work<AlertJob>(ALERT, { ...polling, localConcurrency: 4 }, async (jobs) => {
    for (const { data } of jobs) await handlers.alert(data)
  })
}
