import { flushCompileCache } from 'node:module'
import { Worker } from 'node:worker_threads'
import { runQueriesHere } from './here.ts'
import type { Answer, Request } from './messages.ts'
import { work } from './work.ts'

/**
 * The child process: does the one job that it is sent, answers, and ends. It never outlives the process that started it, not even
 * while its own thread is kept busy by what it does.
 */

const PARENT_GONE_MS = 500
/** Most jobs end sooner, and such a thread takes a sixth of the time that one of them does. */
const WATCHED_AFTER_MS = 300

/** A thread of its own, since the engine may hold this one for as long as it likes. */
function endWithParent(parentPid: number): void {
  const watch = `setInterval(() => process.ppid === ${parentPid} || process.kill(process.pid, 'SIGKILL'), ${PARENT_GONE_MS})`
  new Worker(watch, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  }).unref()
}

async function answer(message: Answer): Promise<void> {
  await new Promise<void>((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve())
  })
}

async function serve(request: Request): Promise<void> {
  const done = await work(request, (progress) => void answer({ progress }))
  // Ended by force as it is, it would never leave what it compiled to the next one, which then starts in half the time.
  if ('result' in done) flushCompileCache()
  await answer(done)
}

runQueriesHere()
/** Nothing milder does: an orderly exit waits for what the engine has under way. */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// A terminal sends its signals to all processes; the parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.once('message', (request) => void serve(request as Request))
setTimeout(() => endWithParent(Number(process.argv[2])), WATCHED_AFTER_MS).unref()
