import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Limits } from '../base/limits.ts'
import { asRollcallError, framesOf, isRollcallError, mayPass, RollcallError } from '../base/rollcall-error.ts'
import { plural, span } from '../base/words.ts'
import type { Tables } from '../store/schema.ts'
import { addWarning, appendRunLog, isStopRequested } from './workflow-store.ts'
import { finishTask, isTryDue, listTasks, startTask } from './tasks.ts'
import type { KindTask } from './kind.ts'
import { endedParts, recordEnd, WaitsForParts } from './parts.ts'
import { readOutput } from './task-output.ts'
import { PARTS } from './task-definition.ts'
import type { BareRun, WorkflowEnd, WorkflowEvent, WorkflowRun } from './task-definition.ts'

/**
 * A durable workflow: tasks in order, each with its output stored before the next begins. A workflow that is run again
 * skips what succeeded and goes on at the first task that did not. Every task must therefore have the same effect
 * when it runs twice.
 */

interface Options {
  readonly db: Kysely<Tables>
  readonly limits: Limits
  readonly id: string
  readonly tasks: readonly KindTask<BareRun>[]
  /** What tasks get besides what every run has. */
  readonly context: object
  readonly signal: AbortSignal
  /** Its first task that did not succeed goes on after it has waited for parts. */
  readonly isWoken?: boolean
  /** Wait between tries of a task whose error is passing, instead of failing at once. */
  readonly wait: boolean
  /** Does the waiting between two tries, such as while others work. */
  readonly aside?: Aside | undefined
  readonly onEvent: (event: WorkflowEvent) => void
}

/** Awaits `waiting`, which ends early with the signal. */
export type Aside = (waiting: () => Promise<void>, signal: AbortSignal) => Promise<void>

/** As the reason of a signal: the process ends, and the workflow goes on in another one instead of being stopped. */
export class HandOver extends Error {
  override readonly name = 'HandOver'
}

/** How soon a running workflow notices what a person asked of it. */
const LOOK_EVERY_MS = 1_000

/**
 * Runs a workflow from its first unfinished task to its end and records how it ended, unless it is handed over. Never throws
 * for a failing task or for what cannot be read of it; throws when the database itself is gone, and for a defect outside its tasks. The
 * workflow is found interrupted then, goes on in another process, or is ended by the worker that called.
 */
export async function runWorkflow(options: Options): Promise<WorkflowEnd> {
  const stop = await watchStop(options)
  try {
    const end = await runTasks({ ...options, signal: stop.signal }).catch(endOfDefect)
    if (end.state === 'running') return end
    if (!(await recordEnd(options.db, options.id, end))) return { state: 'running', error: null }
    // What waits for a person, or was stopped by one, has not gone wrong.
    if (end.error !== null)
      await log(options, end.state === 'failed' ? 'error' : 'warning', null, textOf(end.error))
    return end
  } finally {
    stop.close()
  }
}

/** What is known to be wrong between two tasks ends it, unless another try may do better. */
function endOfDefect(thrown: unknown): WorkflowEnd {
  if (!isRollcallError(thrown) || mayPass(thrown)) throw thrown
  return endOf(thrown)
}

/** An error for the run log; that of a defect with its place. */
export function textOf(error: RollcallError): string {
  return error.code === 'internal_error' ? `${error.message}\n${framesOf(error)}` : error.message
}

async function runTasks(options: Options): Promise<WorkflowEnd> {
  const stored = await listTasks(options.db, options.id)
  const outputs = new Map<string, unknown>()
  for (const { name, output } of options.tasks) {
    const task = stored.find((one) => one.name === name)
    if (task?.state === 'succeeded') outputs.set(name, task.skipped ? null : readOutput(output, task))
  }
  let { isWoken = false } = options
  for (const [position, task] of options.tasks.entries()) {
    if (outputs.has(task.name)) {
      options.onEvent({ kind: 'task', task: task.name, state: 'skipped' })
      continue
    }
    const end = await tryTask({ ...options, isWoken }, task, position, outputs)
    isWoken = false
    if (end !== null) return end
  }
  return { state: 'succeeded', error: null }
}

/** Runs one task until it succeeds (null) or ends the workflow. */
async function tryTask(
  options: Options,
  task: KindTask<BareRun>,
  position: number,
  outputs: Map<string, unknown>,
): Promise<WorkflowEnd | null> {
  const waitUntilMs = performance.now() + options.limits.taskWaitForMs
  let { isWoken = false } = options
  for (;;) {
    // What ends before it has begun was no attempt.
    const ended = options.signal.aborted ? abortedEnd(options.signal) : null
    if (ended !== null) return ended
    await startTask(options.db, options.id, task.name, position, isWoken)
    isWoken = false
    options.onEvent({ kind: 'task', task: task.name, state: 'running' })
    try {
      options.signal.throwIfAborted()
      const output = await task.run(runFor(options, task.name, outputs))
      await finishTask(options.db, options.id, task.name, {
        output: output as Record<string, unknown>,
        version: task.output.version,
      })
      outputs.set(task.name, output)
      options.onEvent({ kind: 'task', task: task.name, state: 'succeeded' })
      return null
    } catch (thrown) {
      if (options.signal.reason instanceof HandOver || thrown instanceof WaitsForParts)
        return { state: 'running', error: null }
      const error = options.signal.aborted ? stopError(options.signal) : asRollcallError(thrown)
      const end = endOf(error)
      const { taskWaitMs } = options.limits
      const mayWait = options.wait && error.passing && performance.now() + taskWaitMs <= waitUntilMs
      await finishTask(options.db, options.id, task.name, {
        error,
        state: end.state === 'waiting' ? 'waiting' : 'failed',
        tryAgainMs: mayWait ? taskWaitMs : null,
      })
      options.onEvent({ kind: 'task', task: task.name, state: 'failed' })
      if (!mayWait) return end
      const inTime = `Retrying in ${waitText(taskWaitMs)}.`
      await log(options, 'warning', task.name, `${error.message} ${inTime}`)
      const waiting = (): Promise<void> => untilNextTry(options, task.name)
      await (options.aside === undefined ? waiting() : options.aside(waiting, options.signal))
    }
  }
}

/** "10 minutes", "5 s". */
function waitText(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1000)
  return seconds % 60 === 0 && seconds < 3600 ? plural(seconds / 60, 'minute') : span(seconds)
}

/** Waits for the time of the next try, or until someone asks for it, or until the signal ends it. */
async function untilNextTry(
  { db, id, limits, signal }: { db: Kysely<Tables>; id: string; limits: Limits; signal: AbortSignal },
  task: string,
): Promise<void> {
  const untilMs = performance.now() + limits.taskWaitMs
  for (;;) {
    const leftMs = untilMs - performance.now()
    if (leftMs <= 0 || signal.aborted) return
    // A database that is gone for a moment does not shorten the wait.
    if (await isTryDue(db, id, task).catch(() => false)) return
    await sleep(Math.min(leftMs, LOOK_EVERY_MS), undefined, { signal }).catch(() => null)
  }
}

function abortedEnd(signal: AbortSignal): WorkflowEnd {
  return signal.reason instanceof HandOver ? { state: 'running', error: null } : endOf(stopError(signal))
}

function endOf(error: RollcallError): WorkflowEnd & { readonly error: RollcallError } {
  const state = error.code === 'stopped' ? 'stopped' : error.exit === 3 ? 'waiting' : 'failed'
  return { state, error }
}

function runFor(options: Options, task: string, outputs: Map<string, unknown>): BareRun {
  const run: WorkflowRun<Record<string, unknown>> = {
    id: options.id,
    signal: options.signal,
    output: (name) => outputs.get(name),
    log: (text, level = 'info') => log(options, level, task, text),
    warn: async (warning) => {
      await addWarning(options.db, options.id, { code: warning.code, data: warning.data })
      await log(options, 'warning', task, warning.message)
    },
    progress: (done, total, unit) => options.onEvent({ kind: 'progress', task, done, total, unit }),
    parts: (wanted) =>
      endedParts(options.db, options.id, wanted, (done) => run.progress(done, wanted.length, PARTS)),
  }
  return { ...options.context, ...run }
}

async function log(
  options: Pick<Options, 'db' | 'id' | 'onEvent'>,
  level: 'info' | 'warning' | 'error',
  task: string | null,
  text: string,
): Promise<void> {
  options.onEvent({ kind: 'log', level, text, isEnd: task === null })
  await appendRunLog(options.db, options.id, { level, task, text })
}

function stopError(signal: AbortSignal): RollcallError {
  const { reason } = signal as { reason: unknown }
  return reason instanceof RollcallError
    ? reason
    : new RollcallError('stopped', { detail: 'a user stopped this workflow' })
}

async function stopIfRequested(
  options: { db: Kysely<Tables>; id: string },
  controller: AbortController,
): Promise<void> {
  // A database that is gone ends the workflow at its next step anyway.
  const isRequested = await isStopRequested(options.db, options.id).catch(() => false)
  if (isRequested) controller.abort(new RollcallError('stopped', { detail: 'a user stopped this workflow' }))
}

/** A signal that also ends when another process asks this workflow to stop. */
async function watchStop(options: { db: Kysely<Tables>; id: string; signal: AbortSignal }): Promise<{
  signal: AbortSignal
  close: () => void
}> {
  const controller = new AbortController()
  // Someone may have asked while no process ran it.
  await stopIfRequested(options, controller)
  const timer = setInterval(() => {
    void stopIfRequested(options, controller)
  }, LOOK_EVERY_MS)
  timer.unref()
  return { signal: AbortSignal.any([options.signal, controller.signal]), close: () => clearInterval(timer) }
}
