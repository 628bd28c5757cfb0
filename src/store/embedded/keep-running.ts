import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { isRollcallError } from '../../base/rollcall-error.ts'
import type { RollcallError } from '../../base/rollcall-error.ts'
import type { Limits } from '../../base/limits.ts'
import type { Home } from '../home.ts'
import type { Tables } from '../schema.ts'
import { attachServer } from './server.ts'

const LOOK_EVERY_MS = 2_000

/**
 * Starts the embedded server again whenever it has gone, for as long as a service runs; a single command would simply fail and be run
 * again. The returned function ends that, and detaches what it attached.
 */
export function keepRunning(options: {
  home: Home
  limits: Limits
  db: Kysely<Tables>
  onProblem: (error: RollcallError) => void
}): () => Promise<void> {
  const ending = new AbortController()
  const attached: (() => Promise<void>)[] = []
  const watching = watch({ ...options, signal: ending.signal, attached })
  return async () => {
    ending.abort()
    await watching
    for (const detach of attached) await detach()
  }
}

async function watch(options: {
  home: Home
  limits: Limits
  db: Kysely<Tables>
  onProblem: (error: RollcallError) => void
  signal: AbortSignal
  attached: (() => Promise<void>)[]
}): Promise<void> {
  const { home, limits, db, onProblem, signal, attached } = options
  while (!signal.aborted) {
    try {
      await sql`select 1`.execute(db)
    } catch (error) {
      if (isRollcallError(error)) onProblem(error)
      const again = await attachServer(home, limits).catch(() => null)
      if (again !== null) attached.push(again.close)
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}
