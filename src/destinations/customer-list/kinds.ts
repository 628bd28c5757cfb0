import type { Kysely } from 'kysely'
import { confirmedBatchesOf, confirmedChanges, confirmedChangesOf } from '../../ledger/confirmed.ts'
import { changeSetOfWorkflow } from '../../ledger/ledger.ts'
import { acceptChanges, findListById } from '../../ledger/lists.ts'
import type { Tables } from '../../store/schema.ts'
import { workflowKind } from '../../workflow/kind.ts'
import type { Counts, KindSummary, WorkflowKind } from '../../workflow/kind.ts'
import { shownOutput } from '../../workflow/task-output.ts'
import { acceptWarning } from '../../workflow/workflow-store.ts'
import type { Workflow } from '../../workflow/workflow-store.ts'
import type { Task } from '../../workflow/tasks.ts'
import { checkRejects } from './inputs/check-rejects.ts'
import { unaccepted } from './list/counters.ts'
import { alertsOfList, countsText, factsOf, waitText } from './reading/facts.ts'
import { checkInputs, resolvedInputs } from './inputs/inputs.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import { heldAfter, listCounts } from './reading/list-counts.ts'
import { listOf } from './list/list-of.ts'
import { mainJob } from './main-job.ts'
import { formOf, outputsOf } from './outputs.ts'
import { queryRows } from '../../members/query-rows.ts'
import type { SyncRun } from './run.ts'
import { letGo } from './list/let-go.ts'
import { driftOf } from './list/note-drift.ts'
import { openInputs, storedInputs } from './inputs/stored-inputs.ts'
import { openSyncRun, prepareResume } from './sync-run.ts'

/** The kinds of workflow that bring a customer list in step: all of it, or a list of its own with a sample. */

type Db = Kysely<Tables>

export const CUSTOMER_LIST = 'customer_list'

/** Ads Manager of an ad account. */
const AD_ACCOUNT_PAGE = 'https://ads.pinterest.com/advertiser/'

const ofList: Omit<WorkflowKind<SyncInputs, SyncRun>, 'name'> = {
  subject: { type: CUSTOMER_LIST, lock: 'list:', noun: 'list' },
  tasks: mainJob,
  inputs: ({ sealer }, { inputs, id }) => openInputs(inputs, sealer, id),
  open: openSyncRun,
  take: (tx, workflow) => letGo(tx, listOf(workflow), workflow.started_with),
  prepare: prepareResume,
  steps: confirmedBatchesOf,
  title: ({ name, inputs, destination }) => {
    const list = inputs['list']
    return `${name ?? (typeof list === 'string' ? list : 'Workflow')} → ${destination ?? 'Pinterest'}`
  },
  text: countsText,
  waits: waitText,
  facts: factsOf,
  alerts: alertsOfList,
  endCounts,
  summaries,
  queryRun: (tasks) => {
    const prepared = outputsOf(tasks)('prepare')
    const failed = tasks.find((task) => task.error !== null && isOfQuery(task))
    return { ...(prepared === null ? { rows: null } : queryRows(prepared)), error: failed?.error ?? null }
  },
  resolved: async ({ sealer }, db, { id, inputs }, action) => {
    const changeSet = (await changeSetOfWorkflow(db, id))?.id ?? null
    return storedInputs(resolvedInputs(openInputs(inputs, sealer, id), action, changeSet), sealer, id)
  },
  again: ({ sealer }, workflow, action) => {
    const inputs = openInputs(workflow.inputs, sealer, workflow.id)
    // Lists are never made empty, so moving to another one takes it with its members.
    const adopt = inputs.adopt || action === 'use_newer_list'
    return (id) => storedInputs({ ...inputs, adopt }, sealer, id)
  },
  check: async ({ sealer, limits, engine }, { inputs, id }, signal) => {
    const given = openInputs(inputs, sealer, id)
    checkInputs(given, limits)
    await checkRejects(engine, given, { limits, signal })
  },
  release: (db, workflow, action) => letGo(db, listOf(workflow), action),
  accept: async (db, workflow, by) => {
    const accepted = { by, at: new Date().toISOString() }
    await acceptChanges(db, listOf(workflow), accepted)
    await acceptWarning(db, workflow.id, { code: 'list_changed_elsewhere', accepted })
  },
  hold: async (tx, id) => {
    await tx.selectFrom('customer_list').select('id').where('id', '=', id).forUpdate().execute()
  },
  way: ({ sealer }, { id, inputs }) => {
    const { sampleMembers, review } = openInputs(inputs, sealer, id)
    // People who wanted to see the difference first want to see that of the fresh rows, too.
    return { sampleMembers, review }
  },
  concerned: ({ inputs }, destination) => {
    const id = String(inputs['adAccountId'])
    const name = destination?.['adAccountName']
    return [
      { type: 'ad_account', id, name: typeof name === 'string' ? name : id, link: `${AD_ACCOUNT_PAGE}${id}` },
    ]
  },
  found: async (tx, { subject, warnings }) => {
    const isWarned = warnings.some(({ code }) => code === 'list_changed_elsewhere')
    return isWarned && subject !== null ? driftOf(tx, subject) : null
  },
  offers: async (db, workflow, actions) =>
    (await isChanged(db, workflow)) ? actions : actions.filter((action) => action !== 'accept_list'),
}

/** All of the list, or a sample of it. */
export const listKinds: readonly WorkflowKind[] = [
  workflowKind({ ...ofList, name: 'sync' }),
  workflowKind({ ...ofList, name: 'sample', isSample: true }),
]

async function endCounts(db: Db, workflow: Workflow, tasks: readonly Task[]): Promise<Counts> {
  const output = outputsOf(tasks)
  const prepared = output('prepare')
  if (prepared === null) return {}
  return {
    rows: prepared.received,
    invalid: prepared.invalid,
    ...(output('compare') === null ? {} : { members: await membersOf(db, workflow) }),
    ...(await confirmedChanges(db, workflow.id)),
  }
}

/** What the list holds, whatever the query returned. */
async function membersOf(db: Db, { subject }: Workflow): Promise<number> {
  const list = subject === null ? undefined : await findListById(db, subject)
  if (list === undefined) return 0
  const [counts] = await listCounts(db, [list])
  return counts?.told ?? 0
}

/** The tasks whose failure is about the query and not about Pinterest. */
function isOfQuery({ name, error }: Task): boolean {
  return name === 'query' || name === 'prepare' || error?.code === 'threshold_not_met'
}

/** Members that were compared, those that the list held afterwards, and what Pinterest confirmed by now. */
async function summaries(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, KindSummary>> {
  if (ids.length === 0) return new Map()
  const compared = await db
    .selectFrom('task')
    .selectAll()
    .where('name', '=', 'compare')
    .where('workflow_id', 'in', ids)
    .execute()
  const changes = await confirmedChangesOf(db, ids)
  const held = await heldAfter(db, ids)
  return new Map(
    ids.flatMap((id): [string, KindSummary][] => {
      const output = shownOutput(
        formOf('compare'),
        compared.find((task) => task.workflow_id === id),
      )
      const confirmed = changes.get(id)
      if (output === null && confirmed === undefined) return []
      const { added = 0, removed = 0 } = confirmed ?? {}
      const { members: judged = null, inQuery = null } = output ?? {}
      const members = held.get(id) ?? output?.toldBefore ?? null
      const counts = { compared: judged, inQuery, members, added, removed }
      return [[id, { counts, text: output === null ? null : countsText(counts) }]]
    }),
  )
}

/** Whether others did something to the list that no person has accepted yet. */
async function isChanged(db: Db, { subject }: Workflow): Promise<boolean> {
  const list = subject === null ? undefined : await findListById(db, subject)
  return list !== undefined && unaccepted(list.changed_elsewhere) !== null
}
