import type { Kysely } from 'kysely'
import { actionCatalogue, asksPerson, errorCatalogue } from '../base/catalogue.ts'
import type { ActionName } from '../base/catalogue.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { reopenOthers, skipParts, stopMembers, warnOfSkipped } from './change-family.ts'
import { decisionText } from './decision-text.ts'
import { effectOf, isPossible, isSkippable } from './family.ts'
import type { Effect } from './family.ts'
import { lockFamily, readFamily } from './family-store.ts'
import { kindOf, shownKind } from './kind.ts'
import type { OptionsHost } from './kind.ts'
import { fits, manner } from './manner.ts'
import type { Manner } from './manner.ts'
import { skippableTask, skipTask } from './skip-task.ts'
import {
  appendRunLog,
  getWorkflow,
  noteResolution,
  openWarnings,
  reopenWorkflow,
  stopWorkflow,
} from './workflow-store.ts'
import { isWaitingForTry, tryNow } from './tasks.ts'
import type { NewWorkflow, Reopening, Workflow } from './workflow-store.ts'

/** The actions of a workflow: which ones there are, and deciding for one. What runs afterwards is up to who decides. */

type Db = Kysely<Tables>

/** What becomes of a workflow by a decision alone. */
export type Settled = 'running' | 'stopping' | 'stopped' | 'accepted' | 'skipped'

export interface Decision {
  /** As it was just before. */
  readonly workflow: Workflow
  readonly action: ActionName
  readonly how: Manner
  /** Null where a run follows. */
  readonly settled: Settled | null
  readonly effect: Effect
}

/** Who decides, for the run log, and how actions go on there. */
export interface Decider {
  readonly by: string
  readonly mannerOf: (action: ActionName, workflow: Workflow) => Manner
}

/**
 * Decides for an action in the caller's transaction. Of two decisions at once about a family the second sees what the first did: both hold
 * all of it, as `lockFamily` has it. Errors: `wrong_usage`, `action_not_possible`, `already_running`.
 */
export async function decide(tx: Db, id: string, typed: string, decider: Decider): Promise<Decision> {
  const family = await lockFamily(tx, id)
  const workflow = await getWorkflow(tx, id)
  if (workflow === undefined) throw new RollcallError('workflow_not_found', { workflow: id })
  const action = await checkAction(tx, workflow, typed)
  const how = decider.mannerOf(action, workflow)
  const effect = effectOf(family, id, { action, how })
  const { by } = decider
  const settled = await settle(tx, workflow, { action, how, by })
  await skipParts(tx, effect.skips, by)
  await stopMembers(tx, family, effect.stops)
  if (action === 'skip_part') {
    await warnOfSkipped(tx, id, by)
    await reopenOthers(tx, effect, action)
  }
  if (settled === null) await noteResolution(tx, id, action)
  await appendRunLog(tx, id, { level: 'info', task: null, text: decisionText(action, by) })
  return { workflow, action, how, settled, effect }
}

/** A workflow goes on by a decision, in the same transaction. */
export async function goOn(
  tx: Db,
  { workflow, action, effect }: Decision,
  { inputs, holder }: Pick<Reopening, 'inputs' | 'holder'>,
): Promise<void> {
  await reopenWorkflow(tx, workflow.id, { inputs, holder, action })
  await reopenOthers(tx, effect, action)
}

async function settle(
  tx: Db,
  workflow: Workflow,
  { action, how, by }: { readonly action: ActionName; readonly how: Manner; readonly by: string },
): Promise<Settled | null> {
  if (how === 'stop') return stopWorkflow(tx, workflow)
  if (how === 'sooner') {
    await tryNow(tx, workflow.id)
    return 'running'
  }
  if (action === 'skip_part') return 'skipped'
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
  const offered = await fittingActions(db, workflow)
  const found = offered.find((action) => action === typed)
  if (found !== undefined) return found
  const known = Object.keys(actionCatalogue)
  const near = known.includes(typed) ? null : nearestName(typed, known)
  if (near !== null)
    throw new RollcallError('wrong_usage', {
      detail: `There is no action "${typed}". Did you mean "${near}"?`,
    })
  const open = await openActions(db, workflow)
  const choice = open.length === 0 ? 'it has no actions' : `its actions are: ${open.join(', ')}`
  throw notPossible(`workflow ${workflow.id}: its state is "${workflow.state}", and ${choice}`)
}

/** The actions that are open for a workflow, the fitting one first: those that fit it, and all that it belongs to. */
export async function openActions(db: Db, workflow: Workflow): Promise<ActionName[]> {
  const fitting = await fittingActions(db, workflow)
  if (fitting.length === 0) return []
  const family = await readFamily(db, workflow.id)
  return fitting.filter((action) => isPossible(family, workflow.id, { action, how: manner[action] }))
}

/** The actions that fit a workflow as it stands by itself, the fitting one first. */
async function fittingActions(db: Db, workflow: Workflow): Promise<ActionName[]> {
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
      !(isOver && (action === 'stop' || (action === 'retry' && workflow.state === 'succeeded'))),
  )
}

async function isSkippablePart(db: Db, { id, parent }: Workflow): Promise<boolean> {
  const part = parent === null ? undefined : (await readFamily(db, id)).get(id)
  return part !== undefined && isSkippable(part)
}

export function notPossible(detail: string): RollcallError {
  return new RollcallError('action_not_possible', { detail })
}
