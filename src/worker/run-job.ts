import { setTimeout as sleep } from 'node:timers/promises'
import { asRollcallError, isRollcallError, mayPass } from '../base/rollcall-error.ts'
import type { Store } from '../store/store.ts'
import { inWorkspace } from '../store/workspace.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
import { servicesOn } from '../platform/open.ts'
import type { Platform } from '../platform/open.ts'
import { goesOn, mayShare, standingOf } from '../workflow/lost-processes.ts'
import { scheduledParts } from '../workflow/parts.ts'
import { noteEvents } from '../workflow/note-events.ts'
import { endBroken, runScheduled } from '../workflow/run-kind.ts'
import { getWorkflow } from '../workflow/workflow-store.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import { isAbandoned } from './abandoned.ts'
import { Place } from './slots.ts'
import { tellEnd } from './tell-end.ts'
import type { WorkerContext } from './context.ts'

const LOOK_EVERY_MS = 1_000
/** Each has a connection of its own, also while it waits for Pinterest. */
const IN_HAND_MAX = 32

/** Runs a workflow as below. Resolves earlier when it waits for Pinterest, so that another one can be asked for meanwhile. */
export async function runUntilAside(worker: WorkerContext, workflowId: string): Promise<void> {
  const { promise: isAside, resolve } = Promise.withResolvers<void>()
  const onAside = (): void => {
    if (worker.inHand.size < IN_HAND_MAX) resolve()
  }
  await Promise.race([runWorkflowJob(worker, workflowId, onAside), isAside])
}

/**
 * Runs a workflow from where it stands, or does nothing when it has ended or another process has it. A worker that ends in the middle
 * leaves it to the next one. Who asks while this worker has it in hand waits for that.
 */
export function runWorkflowJob(
  worker: WorkerContext,
  workflowId: string,
  onAside?: () => void,
): Promise<void> {
  const { inHand } = worker
  const begun = inHand.get(workflowId)
  if (begun !== undefined) return begun
  const job = runJob(worker, workflowId, onAside)
    .catch((error: unknown) => {
      // It is looked at again soon.
      complain(worker, workflowId, error)
      if (!isRollcallError(error) || !error.passing) throw error
    })
    .finally(() => inHand.delete(workflowId))
  inHand.set(workflowId, job)
  return job
}

async function runJob(worker: WorkerContext, workflowId: string, onAside?: () => void): Promise<void> {
  const { db } = worker.platform.store
  const workflow = await getWorkflow(db, workflowId)
  if (workflow === undefined || !isOpen(workflow.state)) return
  if (workflow.state === 'running' && !(await isAbandoned(db, workflowId))) return
  try {
    if (!(await runIt(worker, workflow, onAside))) return
  } catch (error) {
    // Another worker has it: it is looked at again soon.
    if (!isBusy(error)) await endUnlessPassing(worker, workflow, error)
  }
  await tellEnd(worker, workflowId)
  await handOn(worker, workflow)
}

/** What no other try can mend ends the workflow, so that a person learns of it. Error: what may pass. */
async function endUnlessPassing(worker: WorkerContext, workflow: Workflow, thrown: unknown): Promise<void> {
  if (worker.signal.aborted || mayPass(thrown)) throw thrown
  complain(worker, workflow.id, thrown)
  await endBroken(worker.platform.store, workflow, asRollcallError(thrown))
}

/** A worker that ends leaves what it has, which is no error. */
function complain({ signal, onError }: WorkerContext, workflowId: string, thrown: unknown): void {
  if (!signal.aborted && !isBusy(thrown)) onError(asRollcallError(thrown), `workflow ${workflowId}`)
}

function isBusy(thrown: unknown): boolean {
  return isRollcallError(thrown) && thrown.code === 'already_running'
}

/** False when it is as another worker has it by now. */
async function runIt(worker: WorkerContext, workflow: Workflow, onAside?: () => void): Promise<boolean> {
  const { platform, slots, signal } = worker
  const { id: workflowId } = workflow
  const { db } = platform.store
  const isAlone = goesOn(workflow, await standingOf(db, workflow), platform.limits) === 'alone'
  const own = inWorkspace(db, workflow.workspace)
  const credential = { ...(await credentialOf(own, workflow.credential_id)), db: own }
  const place = new Place(slots, { isAlone })
  if (workflow.state === 'scheduled') await place.enter(signal)
  else if (!(await enterUnlessTaken(worker, place, workflowId))) return false
  const services = servicesOn(platform, credential)
  const notes = noteEvents(db, workflowId)
  const over = new AbortController()
  try {
    if (!(await isStillDue(platform, workflow))) return false
    await runScheduled({
      services,
      workflowId,
      signal,
      wait: true,
      isShared: !isAlone,
      onStart: () => {
        if (isAlone) void shareSoon(db, workflowId, place, over.signal)
      },
      onEvent: notes.event,
      // A job that waits for Pinterest lets others work.
      aside: async (waiting, ending) => {
        place.leave()
        onAside?.()
        await waiting()
        // When the worker ends meanwhile, the run sees that by itself.
        await place.enter(ending).catch(() => {})
      },
    })
    return true
  } finally {
    over.abort()
    place.leave()
    await notes.settled()
    await services.close()
  }
}

/** Its parts begin at once, and the whole that it is a part of goes on. What is lost here is found by the next look. */
async function handOn({ platform, queue }: WorkerContext, { id, parent }: Workflow): Promise<void> {
  await queue.runWorkflow(
    ...(await scheduledParts(platform.store.db, id)),
    ...(parent === null ? [] : [parent]),
  )
}

/**
 * Whether a workflow stands as it did before it waited for its place, so that it does not hold the place for what another worker has done
 * meanwhile, or does. What has changed otherwise is handed out again soon.
 */
async function isStillDue({ store: { db } }: Platform, before: Workflow): Promise<boolean> {
  const { state, holder } = (await getWorkflow(db, before.id)) ?? {}
  return (
    state === before.state &&
    holder === before.holder &&
    (state === 'scheduled' || (await isAbandoned(db, before.id)))
  )
}

/** Waits for a place for an abandoned workflow. False when another worker has taken it meanwhile, so that no one waits behind it in vain. */
async function enterUnlessTaken(
  { platform, signal }: WorkerContext,
  place: Place,
  id: string,
): Promise<boolean> {
  const taken = new AbortController()
  const over = new AbortController()
  const isTaken = async (): Promise<boolean> => !(await isAbandoned(platform.store.db, id))
  void when(isTaken, () => taken.abort(), AbortSignal.any([signal, over.signal]))
  try {
    await place.enter(AbortSignal.any([signal, taken.signal]))
    return true
  } catch (error) {
    if (taken.signal.aborted) return false
    throw error
  } finally {
    over.abort()
  }
}

/** Lets others in beside a workflow that runs alone, once it has got further. */
function shareSoon(db: Store['db'], id: string, place: Place, signal: AbortSignal): Promise<void> {
  return when(
    () => mayShare(db, id),
    () => place.share(),
    signal,
  )
}

/** Looks every second until the condition holds, and then does something once, unless the signal has ended by then. */
async function when(condition: () => Promise<boolean>, act: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A database that is gone for a moment says nothing.
    const holds = await condition().catch(() => false)
    if (signal.aborted) return
    if (holds) {
      act()
      return
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => null)
  }
}

function isOpen(state: string): boolean {
  return state === 'scheduled' || state === 'running'
}

/** A workflow of the command line has the credential of the environment. */
async function credentialOf(db: WorkspaceDb, id: string | null): Promise<{ id?: string; name: string }> {
  if (id === null) return { name: 'default' }
  return db.selectFrom('credential').select(['id', 'name']).where('id', '=', id).executeTakeFirstOrThrow()
}
