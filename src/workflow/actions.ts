import type { Kysely } from 'kysely'
import { actionCatalogue, asksPerson, errorCatalogue, optionsOf } from '../base/catalogue.ts'
import type { ActionName } from '../base/catalogue.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { decisionText } from './decision-text.ts'
import { kindOf, shownKind } from './kind.ts'
import type { OptionsHost, WorkflowHost } from './kind.ts'
import { fits, manner } from './manner.ts'
import { resumeHere, startHere } from './run-kind.ts'
import type { RunEnd, RunOptions } from './run-kind.ts'
import { skippableTask, skipTask } from './skip-task.ts'
import { noticeInterrupted } from './subject-lock.ts'
import { appendRunLog, followerOf, getWorkflow, openWarnings, stopWorkflow } from './workflow-store.ts'
import { isWaitingForTry, tryNow } from './tasks.ts'
import type { Workflow } from './workflow-store.ts'

/** The actions of a workflow: which ones there are, and taking one in this process. */

type Db = Kysely<Tables>

/** The workflow, with `interrupted` recorded when the process that ran it is gone. */
export async function findWorkflow(services: Pick<WorkflowHost, 'store'>, id: string): Promise<Workflow> {
  const workflow = await getWorkflow(services.store.db, id)
  if (workflow === undefined) throw new RollcallError('workflow_not_found', { workflow: id })
  if (workflow.state !== 'running') return workflow
  await noticeInterrupted(services)
  return (await getWorkflow(services.store.db, id)) ?? workflow
}

/** Takes a workflow action. Null when another process goes on with it, or nothing runs by it. */
export async function resolveWorkflow(
  options: RunOptions & { workflowId: string; action: string },
): Promise<RunEnd | null> {
  const { services } = options
  const workflow = await findWorkflow(services, options.workflowId)
  const action = await checkAction(services.store.db, workflow, options.action)
  const note = async (db: Db): Promise<void> =>
    appendRunLog(db, workflow.id, {
      level: 'info',
      task: null,
      text: decisionText(action, BY),
    })
  const { db } = services.store
  const kind = kindOf(workflow)
  const how = manner[action]
  if (how === 'advice')
    throw notPossible(`"${action}" means another run. ${optionsOf(action, 'run') ?? ''}`.trim())
  if (how === 'anew') return startAgainHere(options, { workflow, action, note })
  if (how === 'resume')
    return resumeHere({
      ...options,
      beforeStart: async (tx) => {
        await refuseSuperseded(tx, workflow)
        if (action === 'skip_task') await skipTask(tx, workflow, BY)
        await note(tx)
      },
      workflow,
      action,
      inputs: await resolvedInputs(services, db, workflow, action),
    })
  if (how === 'stop') await stopWorkflow(db, workflow)
  if (how === 'sooner') await tryNow(db, workflow.id)
  if (how === 'accept') {
    await refuseSuperseded(db, workflow)
    await kind.accept?.(db, workflow, BY)
  }
  await note(db)
  return null
}

/** Who takes an action there. */
const BY = 'the command line'

async function startAgainHere(
  options: RunOptions,
  again: { workflow: Workflow; action: ActionName; note: (db: Db) => Promise<void> },
): Promise<RunEnd> {
  const { workflow, action, note } = again
  const kind = kindOf(workflow)
  await kind.check?.(options.services, workflow, options.signal)
  const beforeStart = async (db: Db): Promise<void> => {
    await refuseSuperseded(db, workflow)
    await kind.release?.(db, workflow, releaseOf(action))
    await note(db)
  }
  return startHere(
    { ...options, beforeStart },
    {
      kind: workflow.kind,
      subject: workflow.subject,
      inputs: againInputs(options.services, workflow, action),
    },
  )
}

/** What a new start lets go first. */
export function releaseOf(action: ActionName): Workflow['release_list'] {
  return action === 'rebuild' || action === 'use_newer_list' ? action : null
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

/** Those of a new workflow in its place that gets what this one was given, by its id. */
export function againInputs(
  host: OptionsHost,
  workflow: Workflow,
  action: ActionName,
): (id: string) => Record<string, unknown> {
  return kindOf(workflow).again?.(host, workflow, action) ?? (() => workflow.inputs)
}

/** The action of this name, if the workflow's state offers it. Errors: `wrong_usage`, `action_not_possible`. */
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
  const choice = offered.length === 0 ? 'none' : offered.join(', ')
  throw notPossible(`workflow ${workflow.id} is ${workflow.state}; its actions are: ${choice}`)
}

/** The actions that fit a workflow as it stands, the fitting one first. */
export async function offeredActions(db: Db, workflow: Workflow): Promise<ActionName[]> {
  if (workflow.state === 'running')
    return (await isWaitingForTry(db, workflow.id)) ? ['try_now', 'stop'] : ['stop']
  const warned = openWarnings(workflow).map(({ code }) => code)
  // What a person has to decide comes before what a run only remarks, as on the workflow's card.
  const codes = [...warned.filter(asksPerson), ...warned.filter((code) => !asksPerson(code))]
  if (workflow.error !== null) codes.unshift(workflow.error.code)
  const actions = new Set(codes.flatMap((code): readonly ActionName[] => errorCatalogue[code].actions))
  const isOver = workflow.state === 'succeeded' || workflow.state === 'stopped'
  const fitting = (await shownKind(workflow).offers?.(db, workflow, [...actions])) ?? [...actions]
  const skips: readonly ActionName[] = (await skippableTask(db, workflow)) === null ? [] : ['skip_task']
  return [...fitting, ...skips].filter(
    (action) =>
      fits(action, workflow) &&
      !(isOver && (action === 'stop' || (action === 'retry' && workflow.state === 'succeeded'))),
  )
}

function notPossible(detail: string): RollcallError {
  return new RollcallError('action_not_possible', { detail })
}

/** An older workflow must not go on: a newer one has taken its place since. */
export async function refuseSuperseded(db: Db, workflow: Workflow): Promise<void> {
  const follower = await followerOf(db, workflow, 'newest')
  if (follower === null) return
  if (follower.state === 'scheduled' || follower.state === 'running')
    throw new RollcallError('already_running', { workflow: follower.id })
  const again = workflow.orchestration_id === null ? 'sync' : 'the orchestration'
  throw notPossible(
    `workflow ${follower.id} has run in its place since; resolve that one, or run ${again} again`,
  )
}
