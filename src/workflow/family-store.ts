import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import type { StoredProblem, WorkflowState } from '../base/workflow-states.ts'
import type { Tables } from '../store/schema.ts'
import type { Family, Follower } from './family.ts'
import { shownKind } from './kind.ts'
import { onlyLooks } from './only-looks.ts'
import { topOf } from './top-of.ts'
import type { Workflow } from './workflow-store.ts'

/** What the database knows of the family of a workflow: the topmost whole, and all that is part of it. */

type Db = Kysely<Tables>

/**
 * By which a newer run takes the place of an older one: it brings the same subject in step, or is the same kind of work of the same
 * orchestration, whose work may have no subject, or another one since.
 */
export const REPLACES = [
  sql`newer.subject = workflow.subject`,
  sql`newer.orchestration_id = workflow.orchestration_id and newer.kind = workflow.kind`,
] as const

/** For each row of the table of workflows: the run since then that took its place. Of the same subject, else of the orchestration. */
function followerId(which: 'first' | 'newest'): RawBuilder<string | null> {
  const order = which === 'first' ? sql`desc` : sql`asc`
  const newest = (same: RawBuilder<unknown>) => sql`(select newer.id from workflow newer
    where ${same} and ${isNewer} and (workflow.state <> 'succeeded' or not ${onlyLooks('newer')})
    order by (- newer.number) ${order} limit 1)`
  // What is over and in step stays as it is while someone only looks.
  return sql<string | null>`coalesce(${sql.join(REPLACES.map(newest))})`
}

/** A family is one run: its members do not replace each other. */
export const isNewer = sql`(- newer.number) < (- workflow.number) and ${topOf('newer')} <> ${topOf('workflow')}`

/** For each row of the table of workflows: a newer run of its subject has begun, which may change that. */
const isOvertaken = sql<boolean>`exists (select from workflow newer where ${REPLACES[0]} and ${isNewer}
  and not ${onlyLooks('newer')} and exists (select from task where task.workflow_id = newer.id))`

/**
 * The workflow since this one, of the same subject or orchestration, that took its place: the first of them. Null when there is none.
 */
export async function followerOf(db: Db, { id }: Pick<Workflow, 'id'>): Promise<Workflow | null> {
  const found = await db
    .selectFrom('workflow as follower')
    .selectAll('follower')
    .where('follower.id', '=', (eb) =>
      eb.selectFrom('workflow').select(followerId('first').as('id')).where('workflow.id', '=', id),
    )
    .executeTakeFirst()
  return found ?? null
}

/** The family of a workflow, as it stands. */
export async function readFamily(db: Db, id: string): Promise<Family> {
  return membersOf(db, await familyIds(db, id))
}

/**
 * The same, held until the transaction ends: no process changes what its members bring in step, nor one of them. All take these locks in
 * one order, as a start does: first the subjects, then the workflows by their age, so that none waits for another in a circle.
 */
export async function lockFamily(tx: Db, id: string): Promise<Family> {
  let ids = await familyIds(tx, id)
  await holdSubjects(tx, ids)
  for (;;) {
    await lockWorkflows(tx, ids)
    // A worker may have started parts meanwhile. They are younger than those that are held.
    const now = await familyIds(tx, id)
    if (now.length === ids.length) return membersOf(tx, ids)
    ids = now
  }
}

/** No process changes these workflows until the transaction ends. */
export async function lockWorkflows(tx: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .selectFrom('workflow')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('number')
    .forNoKeyUpdate()
    .execute()
}

async function holdSubjects(tx: Db, ids: readonly string[]): Promise<void> {
  const rows = await tx
    .selectFrom('workflow')
    .select(['kind', 'subject'])
    .distinct()
    .where('id', 'in', ids)
    .where('subject', 'is not', null)
    .orderBy('subject')
    .execute()
  for (const { kind, subject } of rows) if (subject !== null) await shownKind({ kind }).hold?.(tx, subject)
}

async function familyIds(db: Db, id: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from (
    with recursive family(id) as (
      select ${topOf('workflow')} from workflow where workflow.id = ${id}
      union all select workflow.id from workflow join family on workflow.parent = family.id
    ) select id from family) members`.execute(db)
  return rows.map((row) => row.id)
}

async function membersOf(db: Db, ids: readonly string[]): Promise<Family> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('workflow')
    .leftJoin('workflow_part', 'workflow_part.child', 'workflow.id')
    .select(['workflow.id', 'workflow.parent', 'workflow.state', 'workflow.error'])
    .select(['workflow.stop_requested', 'workflow_part.may_skip', 'workflow_part.skipped_by'])
    .select([followerId('newest').as('follower'), isOvertaken.as('is_overtaken')])
    .where('workflow.id', 'in', ids)
    .orderBy('workflow.number')
    .execute()
  const followers = await followersOf(
    db,
    rows.flatMap(({ follower }) => follower ?? []),
  )
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        parent: row.parent,
        state: row.state,
        isStopping: isStopping(row),
        isKeptByParts: isKeptByParts(row),
        maySkip: row.may_skip ?? false,
        isSkipped: row.skipped_by !== null,
        follower: row.follower === null ? null : (followers.get(row.follower) ?? null),
        isOvertaken: row.is_overtaken,
      },
    ]),
  )
}

function isStopping(row: { readonly state: WorkflowState; readonly stop_requested: boolean }): boolean {
  return row.state === 'running' && row.stop_requested
}

function isKeptByParts(row: {
  readonly state: WorkflowState
  readonly error: StoredProblem | null
}): boolean {
  return row.state === 'failed' && row.error?.code === 'part_failed'
}

async function followersOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Follower>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('workflow').select(['id', 'state']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}
