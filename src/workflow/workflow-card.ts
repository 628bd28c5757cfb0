import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { newId } from '../base/ids.ts'
import { publish } from '../store/events.ts'
import type { Tables } from '../store/schema.ts'
import { allWorkspaces } from '../store/workspace.ts'
import { faceOf } from './card-text.ts'
import type { CardFace } from './card-text.ts'
import { OPEN } from './family.ts'
import { shownKind } from './kind.ts'
import type { Counts } from './kind.ts'
import { workflowSeconds } from './workflow-store.ts'
import { PARTS } from './task-definition.ts'
import { listTasks } from './tasks.ts'
import { nameOfTop } from './top-of.ts'
import type { Task } from './tasks.ts'

/**
 * The one card of a workflow. It is always made from what is stored of the workflow, so that it can be made again at any time, by
 * any process and in any order, and never tells of a state that is over.
 */

type Db = Kysely<Tables>

export interface Progress {
  readonly task: string
  readonly done: number
  readonly total: number | null
  readonly unit: string
}

/** The numbers that its kind counted are beside these. */
export interface WorkflowCardData {
  readonly workflow: string
  /** Names of the tasks that are done, in order. */
  readonly finished: readonly string[]
  /** When it began to run, this time. */
  readonly since?: string
  /** That it worked. */
  readonly seconds?: number
  /** Alerts that have told that it is slow, this time. */
  readonly slowTold?: readonly string[]
}

/**
 * Brings a workflow's card in step with the workflow; `counts` are added to those it has. A card whose kind or error
 * changes is news: unread for everyone, and the newest. A part of a workflow has one from when it waits for a person. Without
 * effect when there is no such workflow.
 */
export async function noteWorkflow(db: Db, workflowId: string, counts: Counts = {}): Promise<void> {
  await within(db, async (tx) => {
    const workflow = await lockWorkflow(tx, workflowId)
    if (workflow === undefined) return
    const tasks = await listTasks(tx, workflowId)
    await dropProgress(tx, workflow, tasks)
    const before = await lockCard(tx, workflowId)
    const data = dataOf(workflow, tasks, (before?.data as WorkflowCardData | undefined) ?? null, counts)
    const kind = shownKind(workflow)
    const face = faceOf(workflow, tasks, {
      done: kind.text(countsIn(data)),
      waits: workflow.error === null ? null : (kind.waits?.(workflow.error) ?? null),
      noun: kind.subject?.noun ?? null,
    })
    const set = {
      ...face,
      title: kind.title({ ...workflow, destination: workflow.destination_name }),
      destination_id: workflow.destination_id,
      // What is known to have had a destination stays with administrators when that is gone. Parts are seen as their whole is.
      admin_only: workflow.admin_only ?? workflow.top_name !== null,
      data: JSON.stringify(data),
    }
    if (before !== undefined || isForPeople(workflow)) {
      const id =
        before === undefined ? await insertCard(tx, workflowId, set) : await updateCard(tx, before, face, set)
      await publish(tx, { type: 'notification', id })
    }
    await publish(tx, { type: 'workflow', id: workflowId })
    if (workflow.waiting_whole !== null) await noteParts(tx, workflow.waiting_whole)
  })
}

/** The card of the whole speaks for its parts, unless a person has to decide about one. */
function isForPeople({ parent, state }: Pick<LockedWorkflow, 'parent' | 'state'>): boolean {
  return parent === null || state === 'waiting'
}

/** Shows how far the running task is. Without effect on a workflow that does not run. */
export async function noteProgress(db: Db, workflowId: string, progress: Progress): Promise<void> {
  const { done, total } = progress
  const counts = { done: Math.round(done), total: total === null ? null : Math.round(total) }
  const { rows } = await sql`
    insert into workflow_progress (workflow_id, task, done, total, unit)
      select id, ${progress.task}, ${counts.done}::bigint, ${counts.total}::bigint, ${progress.unit}
        from workflow where id = ${workflowId} and state = 'running'
      on conflict (workflow_id) do update
        set task = excluded.task, done = excluded.done, total = excluded.total, unit = excluded.unit
      returning workflow_id`.execute(db)
  if (rows.length > 0) await tellProgress(db, workflowId)
}

/** Shows how many of its parts are over, of a workflow whose task waits for them. */
export async function noteParts(db: Db, workflowId: string): Promise<void> {
  await within(allWorkspaces(db), async (tx) => {
    // First its row alone, so that of two parts which end at once the second is counted after the first.
    const { rows } = await sql`
      insert into workflow_progress (workflow_id, task, done, total, unit)
        select workflow.id, task.name, 0, 0, ${PARTS} from workflow
          join task on task.workflow_id = workflow.id and task.state = 'running'
          where workflow.id = ${workflowId} and workflow.state = 'running'
        on conflict (workflow_id) do update set unit = excluded.unit where workflow_progress.task = excluded.task
        returning workflow_id`.execute(tx)
    if (rows.length === 0) return
    await sql`
      update workflow_progress set done = counted.done, total = counted.total
        from (select count(*) as total, count(*) filter (where state not in (${sql.join(OPEN)})) as done
          from workflow where parent = ${workflowId}) counted
        where workflow_id = ${workflowId}`.execute(tx)
    await tellProgress(tx, workflowId)
  })
}

async function tellProgress(db: Db, workflowId: string): Promise<void> {
  const card = await db
    .selectFrom('notification')
    .select('id')
    .where('workflow_id', '=', workflowId)
    .where('kind', '=', 'running')
    .executeTakeFirst()
  if (card !== undefined) await publish(db, { type: 'notification', id: card.id })
  await publish(db, { type: 'workflow', id: workflowId })
}

/** Workflows whose card tells of a state that is over, since the process that ran them died before it noted the new one. */
export async function cardsOutOfStep(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('notification')
    .innerJoin('workflow', 'workflow.id', 'notification.workflow_id')
    .select('workflow.id')
    .where(
      sql<boolean>`(workflow.state in ('scheduled', 'running')) <> (notification.kind = 'running')
        or (workflow.state = 'stopped' and notification.code is distinct from 'stopped')`,
    )
    .orderBy('workflow.number')
    .execute()
  return rows.map(({ id }) => id)
}

/** That of a task which does not run any more. */
async function dropProgress(
  tx: Db,
  { id, state }: Pick<LockedWorkflow, 'id' | 'state'>,
  tasks: readonly Task[],
): Promise<void> {
  const last = state === 'running' ? tasks.at(-1) : undefined
  const runs = last?.state === 'running' ? last.name : ''
  await tx.deleteFrom('workflow_progress').where('workflow_id', '=', id).where('task', '<>', runs).execute()
}

async function within(db: Db, work: (tx: Db) => Promise<void>): Promise<void> {
  if (db.isTransaction) await work(db)
  else await db.transaction().execute(work)
}

/** The process that notes a workflow holds its row, so that no other process changes its state or its card meanwhile. */
async function lockWorkflow(tx: Db, id: string) {
  return allWorkspaces(tx)
    .selectFrom('workflow')
    .leftJoin('destination', 'destination.id', 'workflow.destination_id')
    .selectAll('workflow')
    .select(['destination.name as destination_name', 'destination.admin_only'])
    .select(nameOfTop('workflow').as('top_name'))
    .select(
      sql<string | null>`(select whole.id from workflow whole where whole.id = workflow.parent
        and whole.state = 'running' and (whole.holder is null or exists (select from workflow_progress
          where workflow_id = whole.id and unit = ${PARTS})))`.as('waiting_whole'),
    )
    .select(sql<Date>`now()`.as('now'))
    .where('workflow.id', '=', id)
    .forNoKeyUpdate('workflow')
    .executeTakeFirst()
}

type LockedWorkflow = NonNullable<Awaited<ReturnType<typeof lockWorkflow>>>

async function lockCard(tx: Db, workflowId: string) {
  return tx
    .selectFrom('notification')
    .select(['id', 'kind', 'code', 'data'])
    .where('workflow_id', '=', workflowId)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

interface CardValues extends CardFace {
  readonly title: string
  readonly destination_id: string | null
  readonly admin_only: boolean
  readonly data: string
}

async function insertCard(tx: Db, workflowId: string, values: CardValues): Promise<string> {
  const id = newId('nt')
  await tx
    .insertInto('notification')
    .values({ id, workflow_id: workflowId, ...values })
    .execute()
  return id
}

async function updateCard(
  tx: Db,
  before: { readonly id: string; readonly kind: string; readonly code: string | null },
  face: CardFace,
  values: CardValues,
): Promise<string> {
  const isNews = face.kind !== before.kind || face.code !== before.code
  const { id } = before
  await tx
    .updateTable('notification')
    .set({ ...values, updated_at: sql<Date>`now()`, ...(isNews ? { number: sql<number>`default` } : {}) })
    .where('id', '=', id)
    .execute()
  if (isNews) await tx.deleteFrom('notification_read').where('notification_id', '=', id).execute()
  return id
}

/** What its kind counted, from all that a card knows. */
export function countsIn(card: Partial<WorkflowCardData>): Readonly<Record<string, number>> {
  const { seconds: _, ...data } = card
  const all: readonly (readonly [string, unknown])[] = Object.entries(data)
  return Object.fromEntries(
    all.flatMap(([name, value]) => (typeof value === 'number' ? [[name, value] as const] : [])),
  )
}

function dataOf(
  workflow: LockedWorkflow,
  tasks: readonly Task[],
  before: WorkflowCardData | null,
  counts: Counts,
): WorkflowCardData {
  const { seconds: _, since, slowTold, ...kept } = before ?? {}
  const finished = tasks.filter((task) => task.state === 'succeeded').map((task) => task.name)
  const data = { ...kept, ...counts, workflow: workflow.id, finished }
  if (workflow.state === 'scheduled') return data
  if (workflow.state !== 'running') return { ...data, seconds: workflowSeconds(workflow, workflow.now) }
  // A card that had ended has a number of seconds.
  const goesOn = before?.seconds === undefined && since !== undefined
  return {
    ...data,
    since: goesOn ? since : workflow.now.toISOString(),
    ...(goesOn && slowTold !== undefined ? { slowTold } : {}),
  }
}
