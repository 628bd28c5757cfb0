import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { AD_ACCOUNTS, startSimulator } from '../../simulator/main.ts'
import type { Simulator } from '../../simulator/main.ts'
import { localActor } from '../../src/access/activity.ts'
import { openTokens } from '../../src/access/credentials.ts'
import { openSealer } from '../../src/access/secret-key.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { asRollcallError } from '../../src/base/rollcall-error.ts'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import type { Tokens } from '../../src/pinterest/types.ts'
import { applyConfiguration } from '../../src/workspace/configuration/apply.ts'
import type { Difference, ObjectChange } from '../../src/workspace/configuration/change.ts'
import type { Kind } from '../../src/objects/kinds.ts'
import { planConfiguration } from '../../src/workspace/configuration/plan.ts'
import { tenantOf } from '../../src/workspace/tenant.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
import { openBase } from '../destinations/customer-list/support.ts'
import type { Base } from '../destinations/customer-list/support.ts'
import { emptyTables } from '../support/empty-tables.ts'

export const ACCOUNT = AD_ACCOUNTS.owned

/** A folder with customers, since a text is asked for at its source before it becomes active. */
export const EXPORTS = fileURLToPath(new URL('exports', import.meta.url))

/** A Rollcall with a simulator, for all tests of a file; each test finds nothing configured. */
export interface Place {
  readonly tenant: Tenant
  readonly simulator: Simulator
  readonly plan: (document: unknown, prune?: boolean) => Promise<Difference>
  /** What is said of a document that is wrong. */
  readonly problemsOf: (document: unknown, prune?: boolean) => Promise<string>
  readonly idOf: (table: Kind, name: string) => Promise<string>
  readonly secretsOf: (credential: string) => Promise<Tokens>
}

export function usePlace(): Place {
  const parts = {} as { base: Base; tenant: Tenant; simulator: Simulator }
  beforeAll(async () => {
    parts.base = await openBase()
    parts.simulator = await startSimulator({
      limits: 'off',
      strict: true,
      previousRefreshToken: 'stays-valid',
    })
    const { home, store } = parts.base
    const platform = {
      home,
      store,
      limits: { ...defaultLimits, validateForMs: 30, retryBackoffMs: 1 },
      env: { ROLLCALL_PINTEREST_API: parts.simulator.url },
      sealer: await openSealer({ home, env: {} }),
    }
    parts.tenant = tenantOf(platform, localActor)
  })
  afterAll(async () => {
    await parts.simulator.close()
    await parts.base.close()
  })
  beforeEach(async () => {
    await emptyTables(parts.base.store.db, [
      'credential',
      'data_source',
      'destination',
      'query',
      'orchestration',
      'customer_list',
      'workflow',
    ])
    parts.simulator.control.reset()
  })
  const plan: Place['plan'] = (document, prune = false) =>
    planConfiguration(parts.tenant, document, { prune })
  return {
    get tenant() {
      return parts.tenant
    },
    get simulator() {
      return parts.simulator
    },
    plan,
    problemsOf: async (document, prune) => (await refused(plan(document, prune))).message,
    idOf: async (table, name) => {
      const named = parts.tenant.db
        .selectFrom(table as 'query')
        .select('id')
        .where('name', '=', name)
      return (await named.executeTakeFirstOrThrow()).id
    },
    secretsOf: async (name) => {
      const { db, sealer } = parts.tenant
      const row = db.selectFrom('credential').selectAll().where('name', '=', name)
      return openTokens(sealer, await row.executeTakeFirstOrThrow())
    },
  }
}

/** A document that holds one object of each kind, as a person would write it. */
export function smallDocument(simulator: Simulator) {
  return {
    version: 1,
    credentials: [credentialOf(simulator)],
    dataSources: [{ name: 'Exports', kind: 'files', folder: EXPORTS, files: ['customers-*.csv'] }],
    queries: [{ name: 'Loyal', dataSource: 'Exports', active: { sql: 'select email from input' } }],
    destinations: [{ name: 'Main', credential: 'Brand', adAccountId: ACCOUNT }],
    orchestrations: [{ name: 'Daily', query: 'Loyal', destination: 'Main', listName: 'VIP' }],
  }
}

export function credentialOf(simulator: Simulator, name = 'Brand') {
  const { id: appId, secret: appSecret, refreshToken } = simulator.app
  return { name, appId, appSecret, refreshToken }
}

export interface ApplyOptions {
  readonly prune?: boolean
  readonly signal?: AbortSignal
}

/** Plans and applies, as the command line does. */
export async function applyTo(
  tenant: Tenant,
  document: unknown,
  { prune = false, signal = new AbortController().signal }: ApplyOptions = {},
): Promise<ObjectChange[]> {
  const { digest } = await planConfiguration(tenant, document, { prune })
  return applyConfiguration(tenant, document, { expectedDigest: digest, prune, signal })
}

/** `+ query Loyal`, for all that is not the same. */
export function shortly(changes: readonly ObjectChange[]): string[] {
  const signs = { create: '+', change: '~', delete: '-', same: '=' }
  return changes
    .filter(({ action }) => action !== 'same')
    .map(({ kind, name, action }) => `${signs[action]} ${kind} ${name}`)
}

export async function refused(work: Promise<unknown>): Promise<RollcallError> {
  try {
    await work
  } catch (error) {
    return asRollcallError(error)
  }
  throw new Error('it was not refused')
}

/** Every text of the database that could tell something, as one. */
export async function activityText({ store }: Tenant): Promise<string> {
  const rows = await store.db.selectFrom('activity').selectAll().execute()
  return JSON.stringify(rows)
}
