import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openVault } from '../access/credentials.ts'
import { openSealer } from '../access/secret-key.ts'
import type { Limits } from '../base/limits.ts'
import { createDuckdbEngine } from '../engine/duckdb/engine.ts'
import { createPinterestClient } from '../pinterest/client.ts'
import type { PinterestClient } from '../pinterest/client.ts'
import { createRateLimiter } from '../pinterest/rate-limiter.ts'
import { loadLimits, openHome } from '../store/home.ts'
import type { Home } from '../store/home.ts'
import { openStore } from '../store/store.ts'
import type { Store } from '../store/store.ts'
import type { Services } from './run.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PINTEREST_API = 'https://api.pinterest.com/v5'

const LEFTOVER_AGE_MS = 24 * 60 * 60_000

/** Deletes what killed processes left in the work folder. A young folder may be somebody at work. */
async function sweepWork(home: Home): Promise<void> {
  const temp = join(home.workDir, 'temp')
  const spilled = (await readdir(temp).catch(() => [])).map((name) => join(temp, name))
  const plans = (await readdir(home.workDir)).filter((name) => name.startsWith('plan-'))
  for (const path of [...spilled, ...plans.map((name) => join(home.workDir, name))]) {
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS)
      await rm(path, { recursive: true, force: true })
  }
}

/** Opens what the main job stands on, from the environment and the settings of the data folder. */
export async function openServices(env: Environment): Promise<Services> {
  const home = await openHome(env)
  await sweepWork(home)
  const limits = await loadLimits(home)
  const store = await openStore({ home, env, limits })
  try {
    const services = await servicesOn({ home, limits, store, env, credential: 'default' })
    return {
      ...services,
      close: async () => {
        await services.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The services on a store that is open already; `close` leaves it open. */
export async function servicesOn(options: {
  home: Home
  limits: Limits
  store: Store
  env: Environment
  credential: string
}): Promise<Services> {
  const { home, limits, store, env, credential } = options
  const sealer = await openSealer({ home, env })
  const engine = createDuckdbEngine({ limits, tempDir: join(home.workDir, 'temp') })
  const counts = { reads: 0, writes: 0, retries: 0, throttled: 0 }
  const clients = new Map<AbortSignal, Promise<PinterestClient>>()
  const connect = async (signal: AbortSignal): Promise<PinterestClient> =>
    createPinterestClient({
      baseUrl: env['ROLLCALL_PINTEREST_API'] ?? PINTEREST_API,
      vault: await openVault({ store, sealer, env, name: credential }),
      limiter: createRateLimiter({ store, limits }),
      limits,
      signal,
      counts,
    })
  return {
    home,
    limits,
    store,
    sealer,
    engine,
    counts,
    pinterest: (signal) => {
      const open = clients.get(signal)
      if (open !== undefined) return open
      const opening = connect(signal)
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
