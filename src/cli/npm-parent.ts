import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning } from '../base/processes.ts'
import { commandOf, parentOf } from '../store/embedded/processes.ts'

/**
 * npm starts programs through a shell and passes no signal on to them: ending `npm start` would leave the service running with
 * nothing that ends it. What npm started therefore ends when npm has gone.
 */

const LOOK_EVERY_MS = 500
const ANCESTORS_MAX = 32
/** npm names itself after its command, such as `npm start` or `npm exec rollcall`. */
const NPM = /(?:^|[/\\\0 ])(?:npm|npx)(?:-cli\.js)?(?:[\0 ]|$)/

/**
 * Calls `onGone` once, when the npm that started this process has gone. Does nothing without one. The returned function ends that. Await
 * it before anything says that this process runs: an npm that ended before it was found looks like none.
 */
export async function watchNpm(env: NodeJS.ProcessEnv, onGone: () => void): Promise<() => void> {
  if (env['npm_lifecycle_event'] === undefined) return () => {}
  const ending = new AbortController()
  const chain = await chainToNpm(process.pid)
  if (chain.length > 0) void watch(chain, ending.signal, onGone)
  return () => ending.abort()
}

async function watch(chain: readonly number[], signal: AbortSignal, onGone: () => void): Promise<void> {
  while (!signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined)
    const areAlive = await Promise.all(chain.map((pid) => isRunning(pid)))
    if (signal.aborted) return
    if (areAlive.includes(false)) {
      onGone()
      return
    }
  }
}

/** The processes from the parent up to npm; none when npm is not among them. */
async function chainToNpm(pid: number): Promise<number[]> {
  const chain: number[] = []
  for (let at = await parentOf(pid); at !== null && at >= 1; at = await parentOf(at)) {
    chain.push(at)
    if (NPM.test((await commandOf(at)) ?? '')) return chain
    if (chain.length === ANCESTORS_MAX) return []
  }
  return []
}
