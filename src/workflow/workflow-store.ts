import { sql } from 'kysely'
import type { Insertable, Kysely, RawBuilder, Selectable } from 'kysely'
import type { ActionName, ErrorCode } from '../base/catalogue.ts'
import { newId } from '../base/ids.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { RunLogTable, Tables, WorkflowTable } from '../store/schema.ts'
import type {
  Acceptance,
  StartedBy,
  StoredProblem,
  StoredRequests,
  StoredWarning,
  WorkflowState,
} from '../base/workflow-states.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
import { topOf } from './top-of.ts'

/** What the database keeps of workflows: their state and run log. */

type Db = Kysely<Tables>
export type Workflow = Selectable<WorkflowTable>
export type RunLogLine = Selectable<RunLogTable>

export function storedError(error: RollcallError | null): string | null {
  return error === null ? null : JSON.stringify({ code: error.code, data: error.data })
}

/** What a workflow is recorded with. */
export interface NewWorkflow {
  readonly kind: string
  readonly subject: string | null
  /** Its options, with secrets sealed for its id. */
  readonly inputs: (id: string) => Record<string, unknown>
  /** The process that runs it from now on; null to leave it to a worker. */
  readonly holder: string | null
  /** The command line on this machine, unless it is given. */
  readonly startedBy?: StartedBy
  /** What it belongs to, and how it begins. */
  readonly of?: Partial<
    Pick<
      Insertable<WorkflowTable>,
      | 'parent'
      | 'name'
      | 'orchestration_id'
      | 'destination_id'
      | 'query_id'
      | 'credential_id'
      | 'started_with'
    >
  >
}

/** Records a workflow in the workspace of `db`: every one begins here. Gives its id. */
export async function insertWorkflow(
  db: WorkspaceDb,
  { kind, subject, inputs, holder, startedBy, of = {} }: NewWorkflow,
): Promise<string> {
  const id = newId('wf')
  await db
    .insertInto('workflow')
    .values({
      id,
      kind,
      subject,
      state: holder === null ? 'scheduled' : 'running',
      inputs: JSON.stringify(inputs(id)),
      holder,
      error: null,
      warnings: '[]',
      resolved_with: null,
      ended_at: null,
      ...(startedBy === undefined ? {} : { started_by: JSON.stringify(startedBy) }),
      ...of,
    })
    .execute()
  return id
}

/** The workflow as it stands; no one changes it until the transaction ends. */
export async function lockWorkflow(tx: Db, id: string): Promise<Workflow | undefined> {
  return tx.selectFrom('workflow').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
}

/** For a workflow that goes on: the time since it ended, or began to wait, was no one's work. */
const waitedMs = sql<number>`waited_ms + greatest(0, extract(epoch from now() - ended_at) * 1000)::bigint`

/** How long a workflow has worked, without the time that it waited for a person. */
export function workflowSeconds(
  {
    started_at: start,
    ended_at: end,
    waited_ms: waited,
  }: Pick<Workflow, 'started_at' | 'ended_at' | 'waited_ms'>,
  now = new Date(),
): number {
  return Math.max(0, ((end ?? now).getTime() - start.getTime() - waited) / 1000)
}

/** When a workflow ended, as ISO text: null also for one that waits, which goes on once a person has decided. */
export function endOf({ state, ended_at: end }: Pick<Workflow, 'state' | 'ended_at'>): string | null {
  return state === 'waiting' ? null : (end?.toISOString() ?? null)
}

/** How a workflow goes on. */
export interface Reopening {
  /** Its options from now on, as they are stored; without these, those it has. */
  readonly inputs?: Record<string, unknown> | undefined
  readonly holder: string | null
  readonly action: ActionName
}

/** A workflow goes on, under this process or, without a holder, under a worker: its error is cleared, its tasks stay. */
export async function reopenWorkflow(
  db: Db,
  id: string,
  { inputs, holder, action }: Reopening,
): Promise<void> {
  await db
    .updateTable('workflow')
    .set({
      // A worker gets it with a new turn, and tells its end. The name of the process that had it last stays until then.
      ...(holder === null
        ? { state: 'scheduled' as const, turn: sql<number>`turn + 1`, told_at: null }
        : { state: 'running' as const, holder }),
      waited_ms: waitedMs,
      error: null,
      ended_at: null,
      stop_requested: false,
      ...(inputs === undefined ? {} : { inputs: JSON.stringify(inputs) }),
      resolved_with: action,
    })
    .where('id', '=', id)
    .execute()
}

/** What a person decided, once a run follows. */
export async function noteResolution(db: Db, id: string, action: ActionName): Promise<void> {
  await db.updateTable('workflow').set({ resolved_with: action }).where('id', '=', id).execute()
}

export async function endWorkflow(
  db: Db,
  id: string,
  state: Exclude<WorkflowState, 'scheduled' | 'running'>,
  error: RollcallError | null,
): Promise<void> {
  await db
    .updateTable('workflow')
    .set({ state, error: storedError(error), ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Adds requests that a process made for the workflow to those that are recorded. */
export async function addRequests(db: Db, id: string, made: StoredRequests): Promise<void> {
  const sum = (name: keyof StoredRequests) =>
    sql`(requests->>${sql.lit(name)})::bigint + ${made[name]}::bigint`
  await db
    .updateTable('workflow')
    .set({
      requests: sql<string>`jsonb_build_object('reads', ${sum('reads')}, 'writes', ${sum('writes')},
        'retries', ${sum('retries')}, 'throttled', ${sum('throttled')})`,
    })
    .where('id', '=', id)
    .execute()
}

/** Adds a warning to the workflow, once for each code and, where it is about a task or a part, once for each of them. */
export async function addWarning(db: Db, id: string, warning: StoredProblem): Promise<void> {
  const { task = null, part = null } = warning.data
  await db
    .updateTable('workflow')
    .set({
      warnings: sql<string>`(select coalesce(jsonb_agg(w), '[]') from jsonb_array_elements(warnings) w
        where w->>'code' <> ${warning.code} or w->'data'->>'task' is distinct from ${task}::text
          or w->'data'->>'part' is distinct from ${part}::text) || ${JSON.stringify([warning])}::jsonb`,
    })
    .where('id', '=', id)
    .execute()
}

/** A person accepts what the workflow warned of as it is. */
export async function acceptWarning(
  db: Db,
  id: string,
  { code, accepted }: { readonly code: ErrorCode; readonly accepted: Acceptance },
): Promise<void> {
  await db
    .updateTable('workflow')
    .set({
      warnings: sql<string>`(select coalesce(jsonb_agg(
          case w->>'code' when ${code} then w || ${JSON.stringify({ accepted })}::jsonb else w end order by place), '[]')
        from jsonb_array_elements(warnings) with ordinality as listed(w, place))`,
    })
    .where('id', '=', id)
    .execute()
}

/** What a workflow warned of that no person has accepted. */
export function openWarnings<W extends StoredWarning>({
  warnings,
}: {
  readonly warnings: readonly W[]
}): readonly W[] {
  return warnings.filter(({ accepted }) => accepted === undefined)
}

export async function getWorkflow(db: Db, id: string): Promise<Workflow | undefined> {
  return db.selectFrom('workflow').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What a workflow changes. One without a subject has itself alone. */
export interface OfSubject {
  readonly subject: string | null
  readonly id: string | null
}

function hasSameSubject({ subject, id }: OfSubject): RawBuilder<boolean> {
  return subject === null ? sql<boolean>`workflow.id = ${id}` : sql<boolean>`workflow.subject = ${subject}`
}

/** For each row of the table of workflows: it does not belong to the family of this one. */
export function isOfOtherFamily(id: string | null): RawBuilder<boolean> {
  return sql<boolean>`(${topOf('workflow')} is distinct from (
    select ${topOf('own')} from workflow own where own.id = ${id}))`
}

/** Begins the holder of a workflow that goes on under another worker when its own is gone. */
export const WORKER = 'worker '

/** A workflow that workers run: it has an orchestration, one of them has it, or it is left to them. */
export const isOfWorkers = sql<boolean>`(workflow.orchestration_id is not null or workflow.holder is null
  or workflow.holder like ${`${WORKER}%`})`

/** Workflows of the command line recorded as running; the caller knows by the subject's lock whether they are. */
export async function runningWorkflows(db: Db, of?: OfSubject): Promise<Workflow[]> {
  let query = db
    .selectFrom('workflow')
    .selectAll()
    .where('state', '=', 'running')
    .where('holder', 'not like', `${WORKER}%`)
  if (of !== undefined) query = query.where(hasSameSubject(of))
  return query.orderBy('number', 'desc').execute()
}

/** The workflow of a subject that runs, or is about to; whose process is gone may be among them. */
export async function workflowUnderWay(db: Db, of: OfSubject): Promise<string | undefined> {
  return (await underWay(db, of).executeTakeFirst())?.id
}

/** The same, but for what a workflow is part of and for its own parts, which keep it from nothing. */
export async function otherUnderWay(db: Db, of: OfSubject): Promise<string | undefined> {
  const { id } = of
  const isOther = sql<boolean>`(workflow.id = ${id} or ${isOfOtherFamily(id)})`
  return (await underWay(db, of).where(isOther).executeTakeFirst())?.id
}

function underWay(db: Db, of: OfSubject) {
  return (
    db
      .selectFrom('workflow')
      .select('id')
      .where(hasSameSubject(of))
      .where('state', 'in', ['scheduled', 'running'])
      // "running" comes before "scheduled".
      .orderBy('state')
      .limit(1)
  )
}

/** Ends a workflow whose place a newer one has taken. */
export async function endReplaced(db: Db, id: string): Promise<void> {
  await db
    .updateTable('workflow')
    .set({ state: 'stopped', ended_at: sql<Date>`coalesce(ended_at, now())` })
    .where('id', '=', id)
    .execute()
}

/** Ends a workflow that does not run, or asks the process that runs it to stop. */
export async function stopWorkflow(
  db: Db,
  { id, state }: Pick<Workflow, 'id' | 'state'>,
): Promise<'stopping' | 'stopped'> {
  if (state === 'running') {
    await db.updateTable('workflow').set({ stop_requested: true }).where('id', '=', id).execute()
    return 'stopping'
  }
  const error = new RollcallError('stopped', { detail: 'a user stopped this workflow' })
  await db
    .updateTable('workflow')
    .set({ state: 'stopped', error: storedError(error), waited_ms: waitedMs, ended_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
  return 'stopped'
}

export async function isStopRequested(db: Db, id: string): Promise<boolean> {
  const row = await db.selectFrom('workflow').select('stop_requested').where('id', '=', id).executeTakeFirst()
  return row?.stop_requested ?? true
}

export async function appendRunLog(
  db: Db,
  workflowId: string,
  line: { level: RunLogLine['level']; task: string | null; text: string },
): Promise<void> {
  await db
    .insertInto('run_log')
    .values({ workflow_id: workflowId, ...line })
    .execute()
}

export async function listRunLog(db: Db, workflowId: string): Promise<RunLogLine[]> {
  return db.selectFrom('run_log').selectAll().where('workflow_id', '=', workflowId).orderBy('id').execute()
}
