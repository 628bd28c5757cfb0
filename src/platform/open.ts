import { openVault, vaultOf } from '../access/credentials.ts'
import type { Sealer } from '../access/seal.ts'
import { openSealer } from '../access/secret-key.ts'
import type { Limits } from '../base/limits.ts'
import { sweepTempFolders } from '../base/temp-folder.ts'
import type { Engine } from '../engines/contract.ts'
import { createLocalEngine, preloadLocalEngine } from '../engines/local/engine.ts'
import { createPinterestClient } from '../pinterest/client.ts'
import type { PinterestClient } from '../pinterest/client.ts'
import { createRateLimiter } from '../pinterest/rate-limiter.ts'
import { parseBase } from '../pinterest/transport.ts'
import type { TokenVault } from '../pinterest/types.ts'
import { loadLimits, openHome } from '../store/home.ts'
import type { Home } from '../store/home.ts'
import { openStore } from '../store/store.ts'
import type { Store } from '../store/store.ts'
import { inWorkspace, PRODUCTION } from '../store/workspace.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
// Whatever opens the platform reads or runs workflows: their kinds are known once those of destinations are loaded.
import { allDestinationKinds } from '../destinations/registry.ts'
import type { Services } from '../workflow/services.ts'
import { readSourceRules } from '../sources/rules.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PINTEREST_API = 'https://api.pinterest.com/v5'

function pinterestApi(env: Environment): string {
  return env['ROLLCALL_PINTEREST_API'] || PINTEREST_API
}

const LEFTOVER_AGE_MS = 24 * 60 * 60_000

/** What every process of Rollcall stands on: the data folder, its limits and key, and the database. */
export interface Platform {
  readonly env: Environment
  readonly home: Home
  readonly limits: Limits
  readonly store: Store
  readonly sealer: Sealer
  /** Whether it serves the person at this command line alone, whose environment it is. */
  readonly isPersonal?: boolean
}

/** What will be used for certain, so that it may be made ready while something else is waited for. */
export interface Needs {
  readonly rowEngine?: boolean
}

/**
 * Opens the platform from the environment and the settings of the data folder. The caller closes its store. Error:
 * `wrong_usage` for settings that can never work, before any work is recorded.
 */
export async function openPlatform(env: Environment, needs: Needs = {}): Promise<Platform> {
  parseBase(pinterestApi(env))
  const home = await openHome(env)
  readSourceRules(env, home)
  await sweepTempFolders(home.tempDir, LEFTOVER_AGE_MS)
  const limits = await loadLimits(home)
  const onStart = needs.rowEngine === true ? preloadLocalEngine : undefined
  const store = await openStore({ home, env, limits, onStart })
  try {
    const engine = engineOn({ home, limits, store })
    for (const kind of allDestinationKinds()) await kind.sweep?.(engine, store.db, LEFTOVER_AGE_MS)
    return { env, home, limits, store, sealer: await openSealer({ home, env }) }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The engine that a platform uses. */
export function engineOn({ home, limits, store }: Pick<Platform, 'home' | 'limits' | 'store'>): Engine {
  return createLocalEngine({ home, limits, store })
}

/** Opens what the main job stands on, with the credential `default`, for the person at this command line. */
export async function openServices(env: Environment, needs: Needs = {}): Promise<Services> {
  const opened = await openPlatform(env, needs)
  const platform = { ...opened, isPersonal: true }
  const db = inWorkspace(platform.store.db, PRODUCTION)
  const services = servicesOn(platform, { db, name: 'default' })
  return {
    ...services,
    close: async () => {
      await services.close()
      await platform.store.close()
    },
  }
}

/** A credential, in the database as its workspace sees it. */
interface CredentialRef {
  readonly db: WorkspaceDb
  readonly id?: string
  readonly name: string
}

/**
 * The services of runs with one credential; `close` leaves the platform open. A credential that is given by name alone is
 * made from the environment when it is not there yet.
 */
export function servicesOn(platform: Platform, credential: CredentialRef): Services {
  const { home, limits, store, env, sealer, isPersonal = false } = platform
  const engine = engineOn(platform)
  const counts = { reads: 0, writes: 0, retries: 0, throttled: 0 }
  const clients = new Map<AbortSignal, Promise<PinterestClient>>()
  const connect = async (
    signal: AbortSignal,
    { mayGoOn, limits: own = limits }: NonNullable<Parameters<Services['pinterest']>[1]> = {},
  ): Promise<PinterestClient> =>
    createPinterestClient({
      baseUrl: pinterestApi(env),
      env,
      vault: await openVaultOf(platform, credential),
      limiter: createRateLimiter({ store, limits: own }),
      limits: own,
      signal,
      mayGoOn,
      counts,
    })
  return {
    home,
    sourceRules: readSourceRules(env, home),
    limits,
    store,
    sealer,
    engine,
    isPersonal,
    counts,
    pinterest: (signal, run) => {
      const open = clients.get(signal)
      if (open !== undefined) return open
      const opening = connect(signal, run)
      clients.set(signal, opening)
      // What failed to open is tried again at the next use.
      opening.catch(() => clients.delete(signal))
      return opening
    },
    close: async () => {
      for (const opened of await Promise.allSettled(clients.values())) {
        if (opened.status === 'fulfilled') await opened.value.close()
      }
      await engine.close()
    },
  }
}

async function openVaultOf({ sealer, env }: Platform, { db, id, name }: CredentialRef): Promise<TokenVault> {
  return id === undefined ? openVault({ db, sealer, env, name }) : vaultOf({ db, sealer }, { id, name })
}
