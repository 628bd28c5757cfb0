import type { Principal } from '../access/permissions.ts'
import { may } from '../access/permissions.ts'
import { errorCatalogue } from '../base/catalogue.ts'
import { reportOf } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import { prunedReceipts } from '../ledger/prune-receipts.ts'
import type { PrunedReceipts } from '../ledger/prune-receipts.ts'
import type { StartedBy, StoredProblem } from '../base/workflow-states.ts'
import { readReceipts } from '../ledger/receipts.ts'
import type { Receipt } from '../ledger/receipts.ts'
import { shownKind, stagesOf } from '../workflow/kind.ts'
import type { Fact, WorkflowKind } from '../workflow/kind.ts'
import { openActions } from '../workflow/actions.ts'
import { followerOf } from '../workflow/family-store.ts'
import { fittingReport } from '../workflow/manner.ts'
import { isOnlyLooking } from '../workflow/only-looks.ts'
import { countParts } from '../workflow/parts.ts'
import { seenProblem, seenText } from '../workflow/seen-problem.ts'
import type { SeenKinds } from '../workflow/seen-problem.ts'
import { endOf, workflowSeconds } from '../workflow/workflow-store.ts'
import { readRunLog, secondsBetween, warningReport } from '../workflow/shown-run.ts'
import type { LogLine, WarningReport } from '../workflow/shown-run.ts'
import { listTasks, shownTaskState } from '../workflow/tasks.ts'
import type { ShownTaskState, Task } from '../workflow/tasks.ts'
import { saidOf } from '../workflow/task-output.ts'
import { hasRejects, mayOpenRejects } from './rejects.ts'
import type { Db, Tenant } from '../workspace/tenant.ts'
import { seenThing } from '../workspace/seen.ts'
import { listPart } from './workflow-lists.ts'
import type { ListPart } from './workflow-lists.ts'
import { shownState, workflowRow } from './workflows.ts'
import { seenKinds } from '../workspace/seen-workflows.ts'
import type { ShownState, WorkflowRow } from './workflows.ts'

/** Everything that is kept of one workflow, as a person may see it. */

interface Ref {
  readonly id: string
  readonly name: string
}

interface ShownTask {
  readonly task: string
  readonly state: ShownTaskState
  /** When it is tried again by itself. */
  readonly nextTryAt: string | null
  readonly attempts: number
  readonly startedAt: string
  readonly seconds: number
  readonly error: ErrorReport | null
  /** What it did, in a few words, and all that it left. For those who may see details; null otherwise. */
  readonly said: string | null
  readonly output: Record<string, unknown> | null
}

export interface WorkflowDetail extends ListPart {
  /** It compares and has sent nothing: neither its wait nor its end says how the list stands. */
  readonly comparison: boolean
  readonly id: string
  readonly name: string
  readonly kind: string
  /** It sends some members only. */
  readonly sample: boolean
  readonly state: ShownState
  readonly startedBy: StartedBy
  readonly startedAt: string
  readonly endedAt: string | null
  readonly resolvedWith: string | null
  /** The workflow that took its place. */
  readonly followedBy: { readonly id: string; readonly state: ShownState } | null
  readonly orchestration: Ref | null
  readonly query: Ref | null
  readonly destination: Ref | null
  readonly credential: Ref | null
  /** The workflow that it is a part of. */
  readonly parent: string | null
  /** What it brings in step, such as a customer list; null for nothing by a name. */
  readonly target: Ref | null
  /** How many workflows are parts of it. */
  readonly parts: number
  /** What it did, in the words of its kind; null before there is anything to say. */
  readonly summary: string | null
  /** The same by what it counted. */
  readonly facts: readonly Fact[]
  readonly seconds: number
  readonly stages: readonly {
    readonly stage: string
    readonly state: string
    readonly tasks: readonly ShownTask[]
  }[]
  readonly log: readonly LogLine[]
  readonly receipts: readonly Receipt[]
  /** When the receipts were deleted, and the digests of what they were; null while they are there. */
  readonly receiptsDeleted: PrunedReceipts | null
  readonly rejects: boolean
  readonly warnings: readonly WarningReport[]
  readonly error: (ErrorReport & { readonly attribution: 'configuration' | 'platform' }) | null
}

/** Error: `workflow_not_found`, also for one that this person may not see. */
export async function readWorkflow(
  tenant: Tenant,
  principal: Principal,
  id: string,
): Promise<WorkflowDetail> {
  const { db } = tenant
  const row = await workflowRow(db, principal, id)
  const kind = shownKind(row)
  const tasks = await listTasks(db, id)
  const log = await readRunLog(db, id)
  const follower = await followerOf(db, row)
  const showsDetails = may(principal, 'workflow:detail')
  const kinds = seenKinds(principal)
  const open = await openActions(db, row)
  const reported = (problem: StoredProblem): ErrorReport =>
    fittingReport(seenReport(problem, kinds), row, open)
  const target = await targetOf(db, row)
  const part = await listPart(tenant, principal, row, tasks)
  const did = (await kind.summaries?.(db, [id]))?.get(id)
  return {
    id,
    ...part,
    name: row.name ?? target?.name ?? id,
    kind: row.kind,
    sample: kind.isSample === true,
    state: shownState(row),
    comparison: isOnlyLooking(row),
    startedBy: row.started_by,
    startedAt: row.started_at.toISOString(),
    endedAt: endOf(row),
    resolvedWith: row.resolved_with,
    followedBy: follower === null ? null : { id: follower.id, state: shownState(follower) },
    ...(await refsOf(db, principal, row)),
    parent: row.parent,
    target,
    parts: await countParts(db, id),
    summary: did?.text ?? null,
    facts: did === undefined ? [] : (kind.facts?.(did.counts) ?? []),
    seconds: workflowSeconds(row),
    stages: shownStages(tasks, row, { showsDetails, kinds }),
    log: log.map(({ at, level, task, text }) => ({
      at,
      level,
      task,
      text: seenText(shownText(text, showsDetails), kinds),
    })),
    receipts: await readReceipts(db, id),
    receiptsDeleted: await prunedReceipts(db, id),
    rejects: mayOpenRejects(principal) && (await hasRejects(db, id)),
    warnings: row.warnings.map((warning) => warningReport({ ...warning, ...seenProblem(warning, kinds) })),
    error: row.error === null ? null : { ...reported(row.error), attribution: attributionOf(row.error) },
  }
}

function attributionOf({ code }: StoredProblem): 'configuration' | 'platform' {
  return errorCatalogue[code].attribution
}

/** The frames of a defect are for those who may see details. */
function shownText(text: string, showsDetails: boolean): string {
  return showsDetails ? text : (text.split('\n')[0] ?? '')
}

interface Seen {
  readonly showsDetails: boolean
  readonly kinds: SeenKinds
}

function seenReport(problem: StoredProblem, kinds: SeenKinds): ErrorReport {
  const { code, data } = seenProblem(problem, kinds)
  return reportOf(code, data)
}

function shownStages(tasks: readonly Task[], workflow: WorkflowRow, seen: Seen): WorkflowDetail['stages'] {
  const kind = shownKind(workflow)
  return stagesOf(kind).map(({ stage, tasks: names }) => {
    const own = tasks
      .filter(({ name }) => names.includes(name))
      .map((task) => shownTask(task, workflow, kind, seen))
    return { stage, state: stageState(own, names.length, workflow), tasks: own }
  })
}

/** That of the task which is not through yet. A stage between two of its tasks goes on as its workflow does. */
function stageState(
  own: readonly ShownTask[],
  taskCount: number,
  { state }: Pick<WorkflowRow, 'state'>,
): ShownTask['state'] | 'not_started' {
  if (own.length > 0 && own.every((task) => task.state === 'skipped')) return 'skipped'
  if (state === 'succeeded') return 'succeeded'
  if (own.length === 0) return 'not_started'
  const open = own.find((task) => task.state !== 'succeeded' && task.state !== 'skipped')
  return open?.state ?? (own.length === taskCount ? 'succeeded' : state)
}

function shownTask(
  task: Task,
  workflow: WorkflowRow,
  kind: WorkflowKind,
  { showsDetails, kinds }: Seen,
): ShownTask {
  const form = kind.tasks.find(({ name }) => name === task.name)?.output
  const state = shownTaskState(task, workflow)
  return {
    task: task.name,
    state,
    nextTryAt: state === 'retrying' ? (task.next_try_at?.toISOString() ?? null) : null,
    attempts: task.attempts,
    startedAt: task.started_at.toISOString(),
    seconds: secondsBetween(task.started_at, task.ended_at),
    error: task.error === null ? null : seenReport(task.error, kinds),
    said: showsDetails ? saidOf(form, task) : null,
    output: showsDetails ? task.output : null,
  }
}

async function refsOf(
  db: Db,
  principal: Principal,
  row: WorkflowRow,
): Promise<Pick<WorkflowDetail, 'orchestration' | 'query' | 'destination' | 'credential'>> {
  const seen = async (table: Parameters<typeof refOf>[1], id: string | null) =>
    seenThing(principal, table, await refOf(db, table, id))
  return {
    orchestration: await seen('orchestration', row.orchestration_id),
    query: await seen('query', row.query_id),
    destination: await seen('destination', row.destination_id),
    credential: await seen('credential', row.credential_id),
  }
}

async function targetOf(db: Db, { subject }: WorkflowRow): Promise<Ref | null> {
  if (subject === null) return null
  return (
    (await db.selectFrom('target').select(['id', 'name']).where('id', '=', subject).executeTakeFirst()) ??
    null
  )
}

async function refOf(
  db: Db,
  table: 'orchestration' | 'query' | 'destination' | 'credential',
  id: string | null,
): Promise<Ref | null> {
  if (id === null) return null
  const row = await db.selectFrom(table).select(['id', 'name']).where('id', '=', id).executeTakeFirst()
  return row ?? null
}
