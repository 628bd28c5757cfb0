import type { Kysely } from 'kysely'
import { actionCatalogue, asksPerson, errorCatalogue } from '../base/catalogue.ts'
import type { ActionName } from '../base/catalogue.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { decisionText } from './decision-text.ts'
import { kindOf, shownKind } from './kind.ts'
import type { OptionsHost } from './kind.ts'
import { fits, manner } from './manner.ts'
import { isSkippablePart, skipPart, stopWithParts } from './parts.ts'
import { skippableTask, skipTask } from './skip-task.ts'
import { appendRunLog, followerOf, lockWorkflow, noteResolution, openWarnings } from './workflow-store.ts'
import { isWaitingForTry, tryNow } from './tasks.ts'
import type { NewWorkflow, Workflow } from './workflow-store.ts'

/** The actions of a workflow: which ones there are, and deciding for one. What runs afterwards is up to who decides. */

type Db = Kysely<Tables>

/** What becomes of a workflow by a decision alone. */
export type Settled = 'running' | 'stopping' | 'stopped' | 'accepted' | 'skipped'

export interface Decision {
  /** As it was just before. */
  readonly workflow: Workflow
  readonly action: ActionName
  /** Null where a run follows. */
  readonly settled: Settled | null
}

/**
 * Decides for an action in the caller's transaction. Of two decisions at once the second sees what the first did: both lock the subject,
 * then the workflow, as a start does. `by` is who decides, for the run log. Errors: `wrong_usage`, `action_not_possible`,
 * `already_running`.
 */
export async function decide(tx: Db, seen: Workflow, typed: string, by: string): Promise<Decision> {
  const { id, subject, parent } = seen
  if (subject !== null) await shownKind(seen).hold?.(tx, subject)
  // A stop of the whole goes from there to its parts.
  if (parent !== null) await lockWorkflow(tx, parent)
  const workflow = await lockWorkflow(tx, id)
  if (workflow === undefined) throw new RollcallError('workflow_not_found', { workflow: id })
  const action = await checkAction(tx, workflow, typed)
  const settled = await settle(tx, workflow, action, by)
  if (settled === null) await noteResolution(tx, id, action)
  await appendRunLog(tx, id, { level: 'info', task: null, text: decisionText(action, by) })
  return { workflow, action, settled }
}

async function settle(tx: Db, workflow: Workflow, action: ActionName, by: string): Promise<Settled | null> {
  const how = manner[action]
  if (how === 'stop') return stopWithParts(tx, workflow)
  if (how === 'sooner') {
    await tryNow(tx, workflow.id)
    return 'running'
  }
  await refuseSuperseded(tx, workflow)
  if (action === 'skip_part') {
    await skipPart(tx, workflow, by)
    return 'skipped'
  }
  if (how === 'accept') {
    await kindOf(workflow).accept?.(tx, workflow, by)
    return 'accepted'
  }
  if (action === 'skip_task') await skipTask(tx, workflow, by)
  return null
}

/** The options, as they are stored, with which the same workflow goes on. */
export async function resolvedInputs(
  host: OptionsHost,
  db: Db,
  workflow: Workflow,
  action: ActionName,
): Promise<Record<string, unknown>> {
  return (await kindOf(workflow).resolved?.(host, db, workflow, action)) ?? workflow.inputs
}

/** A new workflow in the place of one, with what that was given. */
export function replacementOf(
  host: OptionsHost,
  workflow: Workflow,
  action: ActionName,
): Pick<NewWorkflow, 'kind' | 'subject' | 'inputs'> {
  const { kind, subject } = workflow
  const inputs = kindOf(workflow).again?.(host, workflow, action) ?? (() => workflow.inputs)
  return { kind, subject, inputs }
}

/** The action with this name, if the workflow's state offers it. Errors: `wrong_usage`, `action_not_possible`. */
export async function checkAction(db: Db, workflow: Workflow, typed: string): Promise<ActionName> {
  const offered = await offeredActions(db, workflow)
  const found = offered.find((action) => action === typed)
  if (found !== undefined) return found
  const known = Object.keys(actionCatalogue)
  const near = known.includes(typed) ? null : nearestName(typed, known)
  if (near !== null)
    throw new RollcallError('wrong_usage', {
      detail: `There is no action "${typed}". Did you mean "${near}"?`,
    })
  const choice = offered.length === 0 ? 'it has no actions' : `its actions are: ${offered.join(', ')}`
  throw notPossible(`workflow ${workflow.id}: its state is "${workflow.state}", and ${choice}`)
}

/** The actions that are open for a workflow, the fitting one first: none once another has taken its place. */
export async function openActions(db: Db, workflow: Workflow): Promise<ActionName[]> {
  return (await followerOf(db, workflow)) === null ? offeredActions(db, workflow) : []
}

/** The actions that fit a workflow as it stands, the fitting one first. */
async function offeredActions(db: Db, workflow: Workflow): Promise<ActionName[]> {
  if (workflow.state === 'scheduled') return ['stop']
  if (workflow.state === 'running')
    return (await isWaitingForTry(db, workflow.id)) ? ['try_now', 'stop'] : ['stop']
  const warned = openWarnings(workflow).map(({ code }) => code)
  // What a person has to decide comes before what a run only remarks, as on the workflow's card.
  const codes = [...warned.filter(asksPerson), ...warned.filter((code) => !asksPerson(code))]
  if (workflow.error !== null) codes.unshift(workflow.error.code)
  const actions = new Set(codes.flatMap((code): readonly ActionName[] => errorCatalogue[code].actions))
  const isOver = workflow.state === 'succeeded' || workflow.state === 'stopped'
  const fitting = (await shownKind(workflow).offers?.(db, workflow, [...actions])) ?? [...actions]
  const skips: readonly ActionName[] = [
    ...((await skippableTask(db, workflow)) === null ? [] : (['skip_task'] as const)),
    ...((await isSkippablePart(db, workflow)) ? (['skip_part'] as const) : []),
  ]
  return [...fitting, ...skips].filter(
    (action) =>
      fits(action, workflow) &&
      // A new workflow in its place would be no part.
      !(workflow.parent !== null && manner[action] === 'anew') &&
      !(isOver && (action === 'stop' || (action === 'retry' && workflow.state === 'succeeded'))),
  )
}

export function notPossible(detail: string): RollcallError {
  return new RollcallError('action_not_possible', { detail })
}

/** An older workflow must not go on: a newer one has taken its place since. */
async function refuseSuperseded(db: Db, workflow: Workflow): Promise<void> {
  const follower = await followerOf(db, workflow, 'newest')
  if (follower === null) return
  if (follower.state === 'scheduled' || follower.state === 'running')
    throw new RollcallError('already_running', { workflow: follower.id })
  const again = workflow.orchestration_id === null ? 'sync' : 'the orchestration'
  throw notPossible(`workflow ${follower.id} has replaced it; resolve that one, or run ${again} again`)
}
