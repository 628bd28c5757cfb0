import type { Kysely } from 'kysely'
import { actionCatalogue, asksPerson, errorCatalogue, optionsOf } from '../base/catalogue.ts'
import type { ActionName } from '../base/catalogue.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { changeSetOfWorkflow } from '../ledger/ledger.ts'
import { acceptChanges } from '../ledger/lists.ts'
import type { Tables } from '../store/schema.ts'
import {
  acceptWarning,
  appendRunLog,
  endWorkflow,
  getWorkflow,
  isWaitingForTry,
  newestWorkflow,
  openWarnings,
  requestStop,
  tryNow,
} from '../workflow/workflow-store.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import { shownKind } from '../workflow/kind.ts'
import { resumeHere } from '../workflow/run-kind.ts'
import type { RunEnd, RunOptions } from '../workflow/run-kind.ts'
import { noticeInterrupted } from '../workflow/subject-lock.ts'
import { decisionText } from './decision-text.ts'
import { openInputs, storedInputs } from './stored-inputs.ts'
import type { SyncInputs } from './inputs.ts'
import { listOf } from './list-of.ts'
import { letGo, startSync } from './run-sync.ts'
import type { Services } from './run.ts'

/**
 * How each action goes on: with the same workflow from its failed task, or as a new workflow that reads fresh rows.
 * Actions about the credential or ad account keep the rows that were read; those about the query need new ones.
 */
const manner = {
  try_now: 'sooner',
  retry: 'resume',
  restart: 'anew',
  stop: 'stop',
  approve: 'resume',
  send: 'resume',
  adopt: 'resume',
  authorization_error: 'resume',
  insufficient_permissions: 'resume',
  ad_account_not_found: 'resume',
  still_processing: 'resume',
  not_enough_records: 'anew',
  missing_email_column: 'anew',
  addresses_or_hashes: 'anew',
  query_failed: 'anew',
  source_damaged: 'anew',
  threshold_not_met: 'anew',
  accept_list: 'accept',
  accept_once: 'resume',
  source_not_found: 'anew',
  source_refused: 'anew',
  rebuild: 'anew',
  use_newer_list: 'anew',
  choose_another_name: 'advice',
} as const satisfies Record<ActionName, 'sooner' | 'resume' | 'anew' | 'accept' | 'stop' | 'advice'>

/** The workflow, with `interrupted` recorded when the process that ran it is gone. */
export async function findWorkflow(services: Services, id: string): Promise<Workflow> {
  const workflow = await getWorkflow(services.store.db, id)
  if (workflow === undefined) throw new RollcallError('workflow_not_found', { workflow: id })
  if (workflow.state !== 'running') return workflow
  await noticeInterrupted(services)
  return (await getWorkflow(services.store.db, id)) ?? workflow
}

/** Takes a workflow action. Null when another process goes on with it, or nothing runs by it. */
export async function resolveWorkflow(
  options: RunOptions<Services> & { workflowId: string; action: string },
): Promise<RunEnd | null> {
  const { services } = options
  const workflow = await findWorkflow(services, options.workflowId)
  const action = await checkAction(services.store.db, workflow, options.action)
  const note = async (db: Kysely<Tables>): Promise<void> =>
    appendRunLog(db, workflow.id, {
      level: 'info',
      task: null,
      text: decisionText(action, 'the command line'),
    })
  if (manner[action] === 'stop') {
    const end = await stop(services, workflow)
    await note(services.store.db)
    return end
  }
  if (manner[action] === 'sooner') {
    await tryNow(services.store.db, workflow.id)
    await note(services.store.db)
    return null
  }
  if (manner[action] === 'accept') {
    await refuseSuperseded(services.store.db, workflow)
    await acceptList(services.store.db, workflow, 'the command line')
    await note(services.store.db)
    return null
  }
  if (manner[action] === 'advice')
    throw notPossible(`"${action}" means another run. ${optionsOf(action, 'run') ?? ''}`.trim())
  const release = action === 'rebuild' || action === 'use_newer_list' ? action : null
  const beforeStart: RunOptions['beforeStart'] = async (db) => {
    await refuseSuperseded(db, workflow)
    await letGo(db, listOf(workflow), release)
    await note(db)
  }
  const inputs = openInputs(workflow.inputs, services.sealer, workflow.id)
  if (manner[action] === 'resume') {
    const resolved = resolvedInputs(inputs, action, await comparedChangeSet(services.store.db, workflow.id))
    return resumeHere({
      ...options,
      beforeStart,
      workflow,
      action,
      inputs: storedInputs(resolved, services.sealer, workflow.id),
    })
  }
  return startSync({
    ...options,
    // Lists are never made empty, so moving to another one takes it with its members.
    inputs: { ...inputs, adopt: inputs.adopt || action === 'use_newer_list' },
    beforeStart,
  })
}

/** A person accepts what others did to the list, and so what the workflow warned of: both count as right again. */
export async function acceptList(db: Kysely<Tables>, workflow: Workflow, by: string): Promise<void> {
  const accepted = { by, at: new Date().toISOString() }
  await acceptChanges(db, listOf(workflow), accepted)
  await acceptWarning(db, workflow.id, { code: 'list_changed_elsewhere', accepted })
}

/** Inputs of a workflow that goes on with an action: what a person saw and allowed by it. */
export function resolvedInputs(inputs: SyncInputs, action: ActionName, changeSet: string | null): SyncInputs {
  const isApproved = action === 'approve' || action === 'send'
  return {
    ...inputs,
    adopt: inputs.adopt || action === 'adopt',
    approvedChangeSet: isApproved ? changeSet : inputs.approvedChangeSet,
    acceptedChangeSet: action === 'accept_once' ? changeSet : inputs.acceptedChangeSet,
  }
}

/** The change set that a workflow compared last, which is the one that people saw of it; null before there is any. */
export async function comparedChangeSet(db: Kysely<Tables>, workflowId: string): Promise<string | null> {
  return (await changeSetOfWorkflow(db, workflowId))?.id ?? null
}

/** The action of this name, if the workflow's state offers it. Errors: `wrong_usage`, `action_not_possible`. */
export async function checkAction(
  db: Kysely<Tables>,
  workflow: Workflow,
  typed: string,
): Promise<ActionName> {
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
export async function offeredActions(db: Kysely<Tables>, workflow: Workflow): Promise<ActionName[]> {
  if (workflow.state === 'running')
    return (await isWaitingForTry(db, workflow.id)) ? ['try_now', 'stop'] : ['stop']
  const warned = openWarnings(workflow).map(({ code }) => code)
  // What a person has to decide comes before what a run only remarks, as on the workflow's card.
  const codes = [...warned.filter(asksPerson), ...warned.filter((code) => !asksPerson(code))]
  if (workflow.error !== null) codes.unshift(workflow.error.code)
  const actions = new Set(codes.flatMap((code): readonly ActionName[] => errorCatalogue[code].actions))
  const isOver = workflow.state === 'succeeded' || workflow.state === 'stopped'
  const fitting = (await shownKind(workflow).offers?.(db, workflow, [...actions])) ?? [...actions]
  return fitting.filter(
    (action) => !(isOver && (action === 'stop' || (action === 'retry' && workflow.state === 'succeeded'))),
  )
}

function notPossible(detail: string): RollcallError {
  return new RollcallError('action_not_possible', { detail })
}

async function stop(services: Services, workflow: Workflow): Promise<null> {
  if (workflow.state === 'running') {
    await requestStop(services.store.db, workflow.id)
    return null
  }
  await endWorkflow(
    services.store.db,
    workflow.id,
    'stopped',
    new RollcallError('stopped', { detail: 'a person stopped this workflow' }),
  )
  return null
}

/** An older workflow must not go on: a newer one has changed the list since. */
async function refuseSuperseded(db: Kysely<Tables>, workflow: Workflow): Promise<void> {
  const newest = await newestWorkflow(db, listOf(workflow))
  if (newest === undefined || newest.id === workflow.id) return
  throw notPossible(`workflow ${newest.id} has run for this list since; resolve that one, or run sync again`)
}
