import { record } from '../access/activity.ts'
import type { Actor } from '../access/activity.ts'
import { may, maySendTo } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { actionCatalogue, fill, stepsOf } from '../base/catalogue.ts'
import type { ActionName } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { transact } from '../store/workspace.ts'
import type { StartedBy } from '../base/workflow-states.ts'
import { decide, goOn, notPossible, openActions, replacementOf, resolvedInputs } from '../workflow/actions.ts'
import type { Decider, Decision, Settled } from '../workflow/actions.ts'
import { kindOf, shownKind } from '../workflow/kind.ts'
import { giveWay } from '../workflow/change-family.ts'
import { inputsOfAction, mannerInService } from '../workflow/manner.ts'
import { topOf } from '../workflow/top-of.ts'
import { noteWorkflow } from '../workflow/workflow-card.ts'
import { insertWorkflow } from '../workflow/workflow-store.ts'
import { accessOf } from '../workspace/destinations.ts'
import { recordStart } from './start-workflow.ts'
import type { Db, Tenant, Tx } from '../workspace/tenant.ts'
import { seenThing } from '../workspace/seen.ts'
import { workflowRow } from '../history/workflows.ts'
import type { WorkflowRow } from '../history/workflows.ts'

/** The resolutions of a workflow's error: which ones there are for a person, and taking one. A worker does the rest. */

/** Something that an action concerns, with where it is found. */
export interface Subject {
  /** One of those that are configured, or of the other system. */
  readonly type: string
  readonly id: string
  readonly name: string
  /** Path below the server's address, or an address of Pinterest's. */
  readonly link: string
}

export interface OfferedAction {
  readonly action: ActionName
  readonly title: string
  /** What it does and when to choose it. */
  readonly about: string
  /** What to do before, in order. */
  readonly steps: readonly string[]
  readonly subjects: readonly Subject[]
  /** Goes on with the same inputs, or starts anew with the current configuration. */
  readonly inputs: 'same' | 'current' | 'none'
  /** Changes members or the list in a way that cannot be undone, so that no one should choose it unseen. */
  readonly destructive: boolean
}

/** The actions that fit the workflow's error and this person, the fitting one first; empty for who may not act, and once a newer one ran. */
export async function actionsFor(db: Db, actor: Actor, id: string): Promise<OfferedAction[]> {
  const workflow = await workflowRow(db, actor.principal, id)
  if (!(await mayAct(db, actor, workflow))) return []
  const subjects = await subjectsOf(db, actor.principal, workflow)
  return (await openActions(db, workflow)).map((action) => describe(workflow, action, subjects))
}

/** Whether this person may act on it: a rerun sends, so it needs what sending needs. */
async function mayAct(db: Db, { principal }: Actor, workflow: WorkflowRow): Promise<boolean> {
  if (!may(principal, 'workflow:act')) return false
  if (workflow.destination_id === null) return may(principal, 'pii:send')
  const destination = await db
    .selectFrom('destination')
    .select(['admin_only', 'limited_pii'])
    .where('id', '=', workflow.destination_id)
    .executeTakeFirst()
  return destination !== undefined && maySendTo(principal, accessOf(destination))
}

function describe(workflow: WorkflowRow, action: ActionName, subjects: readonly Subject[]): OfferedAction {
  const { title, about } = actionCatalogue[action]
  const data = { ...workflow.error?.data, ...Object.assign({}, ...workflow.warnings.map((w) => w.data)) }
  const concerned = concerns[action] ?? []
  return {
    action,
    title,
    about: fill(about, data),
    steps: stepsOf(action).map((step) => fill(step, data)),
    subjects: concerned.flatMap((type) => subjects.filter((one) => one.type === type)),
    inputs: inputsOfAction(action, workflow),
    destructive: destructive.has(action),
  }
}

const destructive: ReadonlySet<ActionName> = new Set(['approve', 'send', 'rebuild', 'use_newer_list'])

/** What each action is about, so that a person is led to the very thing. */
const concerns: Readonly<Partial<Record<ActionName, readonly string[]>>> = {
  not_enough_records: ['query', 'orchestration'],
  threshold_not_met: ['query'],
  accept_once: ['query'],
  accept_list: ['orchestration', 'ad_account'],
  query_failed: ['query', 'data_source'],
  source_damaged: ['data_source', 'query'],
  source_not_found: ['data_source', 'query'],
  source_refused: ['data_source'],
  unordered_rows: ['query'],
  missing_email_column: ['query'],
  addresses_or_hashes: ['query'],
  authorization_error: ['credential', 'destination'],
  insufficient_permissions: ['ad_account', 'credential', 'destination'],
  ad_account_not_found: ['destination', 'ad_account', 'credential'],
  destination_refused: ['destination', 'credential'],
  adopt: ['orchestration', 'ad_account'],
  choose_another_name: ['orchestration'],
  rebuild: ['orchestration', 'ad_account'],
  use_newer_list: ['orchestration', 'ad_account'],
  approve: ['query', 'orchestration'],
  send: ['query', 'orchestration'],
  restart: ['orchestration', 'query'],
}

async function subjectsOf(db: Db, principal: Principal, workflow: WorkflowRow): Promise<Subject[]> {
  const found = await db
    .selectFrom('workflow')
    .leftJoin('query', 'query.id', 'workflow.query_id')
    .leftJoin('data_source', 'data_source.id', 'query.data_source_id')
    .leftJoin('credential', 'credential.id', 'workflow.credential_id')
    .leftJoin('destination', 'destination.id', 'workflow.destination_id')
    .leftJoin('orchestration', 'orchestration.id', 'workflow.orchestration_id')
    .select(['query.id as query_id', 'query.name as query_name'])
    .select(['data_source.id as data_source_id', 'data_source.name as data_source_name'])
    .select(['credential.id as credential_id', 'credential.name as credential_name'])
    .select(['destination.id as destination_id', 'destination.name as destination_name'])
    .select('destination.settings')
    .select(['orchestration.id as orchestration_id', 'orchestration.name as orchestration_name'])
    .where('workflow.id', '=', workflow.id)
    .executeTakeFirstOrThrow()
  const configured = [
    subject('query', found.query_id, found.query_name, '/queries/'),
    subject('data_source', found.data_source_id, found.data_source_name, '/settings/data-sources/'),
    subject('credential', found.credential_id, found.credential_name, '/settings/credentials/'),
    subject('destination', found.destination_id, found.destination_name, '/destinations/'),
    subject('orchestration', found.orchestration_id, found.orchestration_name, '/orchestrations/'),
  ].flatMap((one) => {
    const seen = one === null ? one : seenThing(principal, one.type, one)
    return seen === null ? [] : [seen]
  })
  return [...configured, ...(shownKind(workflow).concerned?.(workflow, found.settings) ?? [])]
}

type Configured = 'query' | 'data_source' | 'credential' | 'destination' | 'orchestration'

function subject(
  type: Configured,
  id: string | null,
  name: string | null,
  folder: string,
): (Subject & { readonly type: Configured }) | null {
  return id === null || name === null ? null : { type, id, name, link: `${folder}${id}` }
}

/** What became of an action: the workflow that goes on, or that was stopped. */
export interface TakenAction {
  readonly workflow: string
  readonly state: 'scheduled' | Settled
}

/**
 * Takes a workflow action. If two people take one at once, the second gets an error. Errors:
 * `workflow_not_found`, `access_denied`, `action_not_possible`, `already_running`, and those of a new start.
 */
export async function takeAction(tenant: Tenant, id: string, typed: string): Promise<TakenAction> {
  const { actor } = tenant
  return transact(tenant.db, async (db) => {
    const seen = await workflowRow(db, actor.principal, id)
    if (!(await mayAct(db, actor, seen))) {
      throw new RollcallError('access_denied', {
        detail: 'your policies do not allow workflow actions for this destination.',
      })
    }
    // First what a start locks first, so that none waits for the other in a circle.
    await holdOrchestration(db, id)
    const decider: Decider = { by: nameOf(actor), mannerOf: mannerInService }
    const decision = await decide(db, id, typed, decider)
    const { workflow, action, settled } = decision
    const taken = settled === null ? await follow(tenant, db, decision) : { workflow: id, state: settled }
    // At once, so that its card asks no one to decide what was decided.
    await noteWorkflow(db, id)
    const object = { type: 'workflow', id, name: workflow.name }
    await record(db, actor, `workflow.${action}`, object, { goesOnAs: taken.workflow })
    return taken
  })
}

/** That of the topmost workflow that this one is part of, whose parts go on with it. */
async function holdOrchestration(db: Tx, id: string): Promise<void> {
  await db
    .selectFrom('orchestration')
    .select('id')
    .where('id', '=', (eb) =>
      eb
        .selectFrom('workflow as top')
        .select('top.orchestration_id')
        .where(
          'top.id',
          '=',
          eb.selectFrom('workflow').select(topOf('workflow').as('id')).where('id', '=', id),
        ),
    )
    .forUpdate()
    .execute()
}

/** A worker goes on with the same workflow, from its failed task and with its own inputs, or with a new one. */
async function follow(tenant: Tenant, db: Tx, decision: Decision): Promise<TakenAction> {
  const { workflow, action, how } = decision
  if (how === 'resume') {
    const inputs = await resolvedInputs(tenant, db, workflow, action)
    await goOn(db, decision, { inputs, holder: null })
    return { workflow: workflow.id, state: 'scheduled' }
  }
  if (workflow.orchestration_id === null) return startAgain(tenant, db, workflow, action)
  const way = kindOf(workflow).way?.(tenant, workflow) ?? { sampleMembers: null, review: false }
  const started = await recordStart(tenant, db, {
    orchestrationId: workflow.orchestration_id,
    recorded: tenant.actor,
    startedBy: startedByOf(tenant.actor),
    ...way,
    action,
  })
  return { workflow: started, state: 'scheduled' }
}

function nameOf({ principal: { kind, name } }: Actor): string {
  return kind === 'user' ? name : kind === 'api_key' ? `API key ${name}` : 'the command line'
}

export function startedByOf({ principal }: Actor): StartedBy {
  return { kind: principal.kind, id: principal.id, name: principal.name }
}

/** A workflow of no orchestration, such as one of the command line, starts again with what it was given then. */
async function startAgain(
  tenant: Tenant,
  db: Tx,
  workflow: WorkflowRow,
  action: ActionName,
): Promise<TakenAction> {
  if (action === 'choose_another_name')
    throw notPossible(
      'this workflow belongs to no orchestration. Choose another list name where you started it.',
    )
  await giveWay(db, { subject: workflow.subject, id: null })
  const id = await insertWorkflow(db, {
    ...replacementOf(tenant, workflow, action),
    holder: null,
    startedBy: startedByOf(tenant.actor),
    of: { name: workflow.name, credential_id: workflow.credential_id, started_with: action },
  })
  return { workflow: id, state: 'scheduled' }
}
