import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { AD_ACCOUNTS, startSimulator } from '../../../simulator/main.ts'
import type { Simulator, SimulatorOptions } from '../../../simulator/main.ts'
import { openSealer } from '../../../src/access/secret-key.ts'
import { checkEmail, hashEmail } from '../../../src/members/email.ts'
import { defaultLimits } from '../../../src/base/limits.ts'
import type { Limits } from '../../../src/base/limits.ts'
import { openHome } from '../../../src/store/home.ts'
import type { Home } from '../../../src/store/home.ts'
import { openStore } from '../../../src/store/store.ts'
import type { Tables } from '../../../src/store/schema.ts'
import type { Store } from '../../../src/store/store.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { plainInputs } from '../../../src/destinations/customer-list/inputs/inputs.ts'
import type { SyncInputs } from '../../../src/destinations/customer-list/inputs/inputs.ts'
import { resolveHere } from '../../../src/workflow/resolve-here.ts'
import { readResult } from '../../../src/destinations/customer-list/reading/result.ts'
import type { SyncResult } from '../../../src/destinations/customer-list/reading/result.ts'
import { servicesOn } from '../../../src/platform/open.ts'
import type { Services } from '../../../src/workflow/services.ts'
import { startSync } from '../../../src/destinations/customer-list/start-sync.ts'
import { listRunLog } from '../../../src/workflow/workflow-store.ts'
import type { WorkflowEvent } from '../../../src/workflow/task-definition.ts'
import { createTestDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'

/** True for the long form of the tests that repeat: ROLLCALL_SWEEP=full. */
export const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'

/** What the tests of one file share: a data folder with its database, and a folder for input files. */
export interface Base {
  readonly home: Home
  readonly store: Store
  readonly databaseUrl: string
  readonly inputDir: string
  readonly close: () => Promise<void>
}

/** Another machine of the same database, when `besides` is given; it is closed first. */
export async function openBase(besides?: Base): Promise<Base> {
  const database = besides === undefined ? await createTestDatabase() : null
  const databaseUrl = besides?.databaseUrl ?? database?.url ?? ''
  const [homeFolder, inputs] = [await makeFolder('home'), await makeFolder('input')]
  const home = await openHome({ ROLLCALL_HOME: homeFolder.dir })
  const limits = { ...defaultLimits, lockWaitMs: 100 }
  const store = await openStore({ home, env: { DATABASE_URL: databaseUrl }, limits })
  const close = async (): Promise<void> => {
    await store.close()
    await database?.drop()
    await homeFolder.remove()
    await inputs.remove()
  }
  return { home, store, databaseUrl, inputDir: inputs.dir, close }
}

/** Quick in time, small batches, and no rate limit that a test could meet. */
export const quickLimits: Limits = {
  ...defaultLimits,
  batchSize: 7,
  batchesInFlight: 3,
  writesPerMinute: 100_000,
  readsPerMinute: 100_000,
  requestTimeoutMs: 10_000,
  retryBackoffMs: 1,
  retryForMs: 10_000,
  audienceMembersMin: 1,
}

/** A run gives up soon, so that its failures are seen. */
export const impatient: Partial<Limits> = { retryForMs: 30 }

/** Nor does it wait long for an answer, where none comes. A busy machine may answer later than that. */
export const deaf: Partial<Limits> = { ...impatient, requestTimeoutMs: 200 }

export interface RunOptions {
  readonly inputs?: Partial<SyncInputs>
  readonly limits?: Partial<Limits>
  readonly signal?: AbortSignal
  readonly wait?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly onEvent?: (event: WorkflowEvent) => void
  readonly onStart?: (workflowId: string) => void
  /** Another machine than the shop's own runs it. */
  readonly base?: Pick<Base, 'home' | 'store'>
}

/**
 * As a process leaves a change set that dies before it hears what became of its requests. The database forgets only what the test
 * makes it forget. Gives how many outcomes there were.
 */
export async function forgetOutcomes(db: Kysely<Tables>, changeSetId: string): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    const { numDeletedRows } = await tx
      .deleteFrom('attempt_outcome')
      .where('change_set_id', '=', changeSetId)
      .where('outcome', '<>', 'confirmed')
      .executeTakeFirst()
    return Number(numDeletedRows)
  })
}

/** How a run ended, as a test looks at it. */
export interface Run {
  readonly id: string
  readonly state: SyncResult['state']
  /** Code of the error it ended with, or null. */
  readonly code: string | null
  readonly warnings: readonly string[]
  readonly log: readonly string[]
  readonly result: SyncResult
}

/** One brand with one customer list at a simulator of its own. */
export interface Shop {
  readonly simulator: Simulator
  readonly list: string
  /** Runs `rollcall sync` of these raw addresses. */
  readonly sync: (emails: readonly string[], options?: RunOptions) => Promise<Run>
  readonly resolve: (workflowId: string, action: string, options?: RunOptions) => Promise<Run | null>
  /** True members of the only list of this name; an empty array when there is no list. */
  readonly members: () => string[]
  /** Ids of all lists of this name, oldest first. */
  readonly listIds: () => string[]
  /** Writes to lists and audiences that the simulator has answered so far, token renewals apart. */
  readonly writes: () => number
  readonly close: () => Promise<void>
}

export async function openShop(
  base: Base,
  options: {
    simulator?: SimulatorOptions
    limits?: Partial<Limits>
    list?: string
    adAccountId?: string
  } = {},
): Promise<Shop> {
  const simulator = await startSimulator({
    limits: 'off',
    strict: true,
    tooSmallAudience: 'accept',
    ...options.simulator,
  })
  const key = randomBytes(6).toString('hex')
  const list = options.list ?? `list ${key}`
  const adAccountId = options.adAccountId ?? AD_ACCOUNTS.owned
  const open = async (run: RunOptions): Promise<Services> =>
    servicesOn(
      {
        ...base,
        ...run.base,
        limits: { ...quickLimits, ...options.limits, ...run.limits },
        env: { ...envOf(simulator), ...run.env },
        sealer: await openSealer({ home: base.home, env: {} }),
      },
      { db: inWorkspace(base.store.db, PRODUCTION), name: key },
    )
  let files = 0
  return {
    simulator,
    list,
    sync: async (emails, run = {}) => {
      const file = join(base.inputDir, `${key}-${(files += 1)}.csv`)
      await writeFile(file, csvOf(emails))
      const services = await open(run)
      try {
        const inputs = { ...inputsOf(file, list, adAccountId, base.inputDir), ...run.inputs }
        const { workflowId } = await startSync({ ...common(services, run), inputs })
        return await finish(services, workflowId)
      } finally {
        await services.close()
      }
    },
    resolve: async (workflowId, action, run = {}) => {
      const services = await open(run)
      try {
        const end = await resolveHere({ ...common(services, run), workflowId, action })
        return typeof end === 'string' ? null : await finish(services, end.workflowId)
      } finally {
        await services.close()
      }
    },
    members: () => {
      const lists = simulator.control.lists(adAccountId, list)
      const newest = lists.at(-1)
      return newest === undefined ? [] : simulator.control.members(newest.id)
    },
    listIds: () => simulator.control.lists(adAccountId, list).map(({ id }) => id),
    writes: () => simulator.control.calls().filter(isWrite).length,
    close: () => simulator.close(),
  }
}

/** How the run ended, from what is stored of it. */
async function finish(services: Services, workflowId: string): Promise<Run> {
  return runOf(services, await readResult(services, workflowId))
}

function common(services: Services, run: RunOptions) {
  return {
    services,
    signal: run.signal ?? new AbortController().signal,
    wait: run.wait ?? false,
    onEvent: run.onEvent ?? (() => undefined),
    ...(run.onStart === undefined ? {} : { onStart: run.onStart }),
  }
}

export function envOf(simulator: Simulator): Record<string, string> {
  return {
    ROLLCALL_PINTEREST_API: simulator.url,
    PINTEREST_APP_ID: simulator.app.id,
    PINTEREST_APP_SECRET: simulator.app.secret,
    PINTEREST_REFRESH_TOKEN: simulator.app.refreshToken,
  }
}

export function isWrite({ operation }: { operation: string }): boolean {
  return /^(?:customer_lists|audiences)\/(?:create|update)$/.test(operation)
}

async function runOf(services: Services, result: SyncResult): Promise<Run> {
  const log = await listRunLog(services.store.db, result.workflow)
  return {
    id: result.workflow,
    state: result.state,
    code: result.error?.code ?? null,
    warnings: result.warnings.map(({ code }) => code),
    log: log.map(({ text }) => text),
    result,
  }
}

function inputsOf(file: string, list: string, adAccountId: string, cwd: string): SyncInputs {
  return {
    from: [file],
    query: null,
    emailColumn: 'email',
    hashed: false,
    adAccountId,
    list,
    yes: false,
    ...plainInputs,
    adopt: false,
    rejects: null,
    limits: {},
    cwd,
  }
}

export function csvOf(emails: readonly string[]): string {
  const lines = emails.map((email, index) => `${index + 1},"${email.replaceAll('"', '""')}"`)
  return ['id,email', ...lines, ''].join('\n')
}

/** The hashes that Pinterest must hold for these raw addresses, ascending. */
export function membersOf(emails: readonly string[]): string[] {
  const verdicts = emails.map((email) => checkEmail(email))
  return [
    ...new Set(verdicts.flatMap((verdict) => (verdict.ok ? [hashEmail(verdict.email)] : []))),
  ].toSorted()
}

/** `count` different addresses, the same ones for the same `from`. */
export function people(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `person${from + index}@example.com`)
}
