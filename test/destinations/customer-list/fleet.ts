import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { AD_ACCOUNTS, startSimulator } from '../../../simulator/main.ts'
import type { FaultRule, Simulator } from '../../../simulator/main.ts'
import { openSealer } from '../../../src/access/secret-key.ts'
import type { Limits } from '../../../src/base/limits.ts'
import { newId } from '../../../src/base/ids.ts'
import { findList, openList } from '../../../src/ledger/lists.ts'
import type { LedgerList } from '../../../src/ledger/lists.ts'
import { openHome } from '../../../src/store/home.ts'
import type { Home } from '../../../src/store/home.ts'
import type { LockTiming } from '../../../src/store/keepalive.ts'
import type { WorkflowTable } from '../../../src/store/schema.ts'
import { openStore } from '../../../src/store/store.ts'
import type { Store } from '../../../src/store/store.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { plainInputs } from '../../../src/destinations/customer-list/inputs/inputs.ts'
import { storedInputs } from '../../../src/destinations/customer-list/inputs/stored-inputs.ts'
import type { SyncInputs } from '../../../src/destinations/customer-list/inputs/inputs.ts'
import { servicesOn } from '../../../src/platform/open.ts'
import { planSync } from '../../../src/destinations/customer-list/plan.ts'
import type { Plan } from '../../../src/destinations/customer-list/plan.ts'
import { resolveHere } from '../../../src/workflow/resolve-here.ts'
import type { Services } from '../../../src/workflow/services.ts'
import { startSync } from '../../../src/destinations/customer-list/start-sync.ts'
import { runScheduled } from '../../../src/workflow/run-kind.ts'
import type { RunEnd } from '../../../src/workflow/run-kind.ts'
import type { WorkflowEvent } from '../../../src/workflow/task-definition.ts'
import { createTestDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'
import { converse } from '../../support/processes.ts'
import type { Conversation } from '../../support/processes.ts'
import { startRelay } from './relay.ts'
import type { Relay } from './relay.ts'
import { csvOf, envOf, quickLimits } from './support.ts'

/** One brand with one customer list, and several machines that share a database and a secret key. */
export interface Fleet {
  readonly simulator: Simulator
  readonly list: string
  readonly secretKey: string
  /** `alone`: its database is its own, as an embedded one is. */
  readonly machine: (options?: MachineOptions) => Promise<Machine>
  /** Inputs of a run that reads these raw addresses. */
  readonly inputs: (emails: readonly string[], given?: Partial<SyncInputs>) => Promise<SyncInputs>
  /** True members of the newest list of this name. */
  readonly members: () => string[]
  readonly listIds: () => string[]
  readonly close: () => Promise<void>
}

export interface MachineOptions {
  readonly lockTiming?: LockTiming
  readonly databaseUrl?: string
  readonly alone?: boolean
}

export interface RunOptions {
  readonly wait?: boolean
  readonly limits?: Partial<Limits>
  readonly signal?: AbortSignal
  readonly onEvent?: (event: WorkflowEvent) => void
}

export interface Machine {
  readonly home: Home
  readonly store: Store
  readonly sync: (inputs: SyncInputs, options?: RunOptions) => Promise<RunEnd>
  readonly resolve: (workflowId: string, action: string, options?: RunOptions) => Promise<RunEnd | null>
  /** Records a workflow for a worker. */
  readonly schedule: (inputs: SyncInputs, given?: Partial<WorkflowTable>) => Promise<string>
  readonly work: (workflowId: string, options?: RunOptions) => Promise<RunEnd | null>
  readonly plan: (inputs: SyncInputs) => Promise<Plan>
  /** The ledger's entry of the list. */
  readonly ledger: () => Promise<LedgerList>
}

export async function openFleet(databaseUrl: string, limits: Partial<Limits> = {}): Promise<Fleet> {
  const simulator = await startSimulator({ limits: 'off', strict: true, tooSmallAudience: 'accept' })
  const input = await makeFolder('input')
  const list = `list ${randomBytes(6).toString('hex')}`
  const secretKey = randomBytes(32).toString('hex')
  const closing: (() => Promise<void>)[] = [() => simulator.close(), input.remove]
  let files = 0
  return {
    simulator,
    list,
    secretKey,
    machine: async (options = {}) => {
      const folder = await makeFolder('machine')
      const home = await openHome({ ROLLCALL_HOME: folder.dir })
      const store = await openStore({
        home,
        env: { DATABASE_URL: options.databaseUrl ?? databaseUrl },
        limits: { ...quickLimits, lockWaitMs: 100 },
        ...(options.lockTiming === undefined ? {} : { lockTiming: options.lockTiming }),
      })
      closing.unshift(() => store.close(), folder.remove)
      const isShared = options.alone !== true
      return machineOf({ home, store: { ...store, isShared }, simulator, list, secretKey, limits })
    },
    inputs: async (emails, given = {}) => {
      const file = join(input.dir, `${(files += 1)}.csv`)
      await writeFile(file, csvOf(emails))
      return { ...inputsOf(file, list), cwd: input.dir, ...given }
    },
    members: () => {
      const newest = simulator.control.lists(AD_ACCOUNTS.owned, list).at(-1)
      return newest === undefined ? [] : simulator.control.members(newest.id)
    },
    listIds: () => simulator.control.lists(AD_ACCOUNTS.owned, list).map(({ id }) => id),
    close: async () => {
      for (const close of closing) await close()
    },
  }
}

/** A worker in a process of its own, which is asked for workflows by their ids. */
export interface Worker extends Conversation {
  readonly relay: Relay
}

/** A fleet whose office records workflows, for the workers of two machines. */
export interface WorkerFleet {
  readonly fleet: Fleet
  readonly office: Machine
  /** Of one machine, the first or the second. */
  readonly startWorker: (machine: 0 | 1) => Promise<Worker>
  readonly close: () => Promise<void>
}

/** So that a run has many moments at which its worker may end. */
export const manySmallBatches = {
  batchSize: 5,
  batchesInFlight: 3,
  writesPerMinute: 100_000,
  readsPerMinute: 100_000,
  audienceMembersMin: 1,
  lockWaitMs: 50,
} satisfies Partial<Limits>

/** Every answer takes its time, so that most moments of a run lie between calls. */
export const everythingSlow: FaultRule = { operation: '*', kind: 'slow', delayMs: 15, times: 1_000_000 }

export async function openWorkerFleet(limits: Partial<Limits>): Promise<WorkerFleet> {
  const database = await createTestDatabase()
  const fleet = await openFleet(database.url, limits)
  const machines = await Promise.all(
    [0, 1].map(async () => {
      const folder = await makeFolder('worker')
      await writeFile(join(folder.dir, 'settings.json'), JSON.stringify(limits))
      return { folder, relay: await startRelay(fleet.simulator.port) }
    }),
  )
  return {
    fleet,
    office: await fleet.machine(),
    startWorker: async (machine) => {
      const { folder, relay } = machines[machine] as (typeof machines)[number]
      const conversation = converse('test/destinations/customer-list/fleet-worker.ts', [], {
        env: {
          ...envOf(fleet.simulator),
          ROLLCALL_PINTEREST_API: relay.url,
          ROLLCALL_HOME: folder.dir,
          ROLLCALL_SECRET_KEY: fleet.secretKey,
          DATABASE_URL: database.url,
          CREDENTIAL: fleet.list,
        },
      })
      const answer = await conversation.ask()
      if (answer !== 'open') throw new Error(`the worker answers ${answer}`)
      return { ...conversation, relay }
    },
    close: async () => {
      await Promise.all(machines.map(async ({ relay }) => relay.close()))
      await fleet.close()
      await Promise.all(machines.map(async ({ folder }) => folder.remove()))
      await database.drop()
    },
  }
}

interface Parts {
  readonly home: Home
  readonly store: Store
  readonly simulator: Simulator
  readonly list: string
  readonly secretKey: string
  readonly limits: Partial<Limits>
}

async function machineOf({ home, store, simulator, list, secretKey, limits }: Parts): Promise<Machine> {
  const sealer = await openSealer({ home, env: { ROLLCALL_SECRET_KEY: secretKey } })
  const using = async <T>(options: RunOptions, work: (services: Services) => Promise<T>): Promise<T> => {
    const services = servicesOn(
      {
        home,
        store,
        sealer,
        limits: { ...quickLimits, ...limits, ...options.limits },
        env: envOf(simulator),
      },
      { db: inWorkspace(store.db, PRODUCTION), name: list },
    )
    try {
      return await work(services)
    } finally {
      await services.close()
    }
  }
  return {
    home,
    store,
    sync: async (inputs, options = {}) =>
      using(options, (services) => startSync({ ...common(services, options), inputs })),
    resolve: async (workflowId, action, options = {}) =>
      using(options, async (services) => {
        const end = await resolveHere({ ...common(services, options), workflowId, action })
        return typeof end === 'string' ? null : end
      }),
    schedule: async (inputs, given = {}) => {
      const { id: listId } = await openList(store.db, AD_ACCOUNTS.owned, inputs.list)
      const id = newId('wf')
      await store.db
        .insertInto('workflow')
        .values({
          id,
          workspace: PRODUCTION,
          kind: 'sync',
          subject: listId,
          state: 'scheduled',
          inputs: JSON.stringify(storedInputs(inputs, sealer, id)),
          warnings: '[]',
          started_at: sql<Date>`now() - interval '1 hour'`,
          started_with: given.started_with ?? null,
        })
        .execute()
      return id
    },
    work: async (workflowId, options = {}) =>
      using(options, (services) => runScheduled({ ...common(services, options), workflowId })),
    plan: async (inputs) =>
      using({}, (services) =>
        planSync({ services, inputs, signal: new AbortController().signal, onProgress: () => undefined }),
      ),
    ledger: async () => {
      const found = await findList(store.db, AD_ACCOUNTS.owned, list)
      if (found === undefined) throw new Error('the ledger knows no such list')
      return found
    },
  }
}

function common(services: Services, { signal, onEvent, wait }: RunOptions) {
  return {
    services,
    signal: signal ?? new AbortController().signal,
    wait: wait ?? false,
    onEvent: onEvent ?? (() => undefined),
  }
}

function inputsOf(file: string, list: string): SyncInputs {
  return {
    from: [file],
    query: null,
    emailColumn: 'email',
    hashed: false,
    adAccountId: AD_ACCOUNTS.owned,
    list,
    yes: true,
    ...plainInputs,
    adopt: false,
    rejects: null,
    limits: {},
    cwd: '/',
  }
}
