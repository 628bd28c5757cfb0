import { join } from 'node:path'
import { openVault } from '../access/credentials.ts'
import { openSealer } from '../access/secret-key.ts'
import { createDuckdbEngine } from '../engine/duckdb/engine.ts'
import { createPinterestClient } from '../pinterest/client.ts'
import type { PinterestClient } from '../pinterest/client.ts'
import { createRateLimiter } from '../pinterest/rate-limiter.ts'
import { loadLimits, openHome } from '../store/home.ts'
import { openStore } from '../store/store.ts'
import type { Services } from './run.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PINTEREST_API = 'https://api.pinterest.com/v5'

/** Opens what the main job stands on, from the environment and the settings of the data folder. */
export async function openServices(env: Environment): Promise<Services> {
  const home = await openHome(env)
  const limits = await loadLimits(home)
  const store = await openStore({ home, env, limits })
  try {
    const sealer = await openSealer({ home, env })
    const engine = createDuckdbEngine({ limits, tempDir: join(home.workDir, 'temp') })
    const counts = { reads: 0, writes: 0, retries: 0, throttled: 0 }
    let client: Promise<PinterestClient> | null = null
    const connect = async (signal: AbortSignal): Promise<PinterestClient> =>
      createPinterestClient({
        baseUrl: env['ROLLCALL_PINTEREST_API'] ?? PINTEREST_API,
        vault: await openVault({ store, sealer, env, name: 'default' }),
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
      pinterest: (signal) => (client ??= connect(signal)),
      close: async () => {
        await client?.then(
          (opened) => opened.close(),
          () => null,
        )
        await engine.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
