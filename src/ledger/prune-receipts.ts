import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'

/**
 * Receipts go with all of a workflow that has ended, and never one by one. By then its change sets are counted in what Pinterest has been
 * told. What stays are digests: the SHA-256 of the receipts as a person downloads them, and that of each change set's part of the file. They
 * prove of a file that was downloaded before that it holds the very receipts that were deleted, all of them and unchanged. They do not prove
 * that the database was let alone before, and without such a file they prove nothing. `sha256sum` checks them.
 */

type Db = Kysely<Tables>

/** Workflows whose receipts go in one round, each in a transaction of its own. */
const WORKFLOWS_AT_ONCE = 100

/**
 * Deletes the receipts of workflows that ended so long ago (the limit `receiptsKeepMs`). One that fails is handed to `fail`, and keeps
 * no other from its turn.
 */
export async function pruneReceipts(db: Db, keepMs: number, fail: (error: unknown) => void): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select distinct workflow.id from change_set join workflow on workflow.id = change_set.workflow_id
    where workflow.ended_at < now() - ${keepMs} * interval '1 ms'
      and not exists (select from receipt_digest where change_set_id = change_set.id)
      and not exists (select from change_set open where open.workflow_id = workflow.id and open.state = 'open')
  `.execute(db)
  let pruned = 0
  for (const { id } of rows) {
    if (pruned === WORKFLOWS_AT_ONCE) return
    try {
      await pruneWorkflow(db, id)
      pruned += 1
    } catch (error) {
      fail(error)
    }
  }
}

/** Deletes the receipts of one workflow, unless it goes on or has a change set that is not counted in. */
export async function pruneWorkflow(db: Db, workflowId: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const workflow = await tx
      .selectFrom('workflow')
      .select('id')
      .where('id', '=', workflowId)
      .where('state', 'in', ['failed', 'stopped', 'succeeded'])
      .forUpdate()
      .executeTakeFirst()
    const changeSets = await tx
      .selectFrom('change_set')
      .select(['id', 'state'])
      .where('workflow_id', '=', workflowId)
      .forUpdate()
      .execute()
    if (workflow === undefined || changeSets.some(({ state }) => state === 'open')) return
    const ids = changeSets.map(({ id }) => id)
    await tx
      .insertInto('receipt_digest')
      .values(ids.map((id) => ({ change_set_id: id })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    for (const table of ['attempt_outcome', 'attempt', 'batch'] as const)
      await tx.deleteFrom(table).where('change_set_id', 'in', ids).execute()
  })
}

/** What is kept of receipts that were deleted. */
export interface PrunedReceipts {
  readonly at: string
  /** Of the file with all of them. */
  readonly sha256: string
  /** Of its parts, in order. */
  readonly changeSets: readonly { readonly changeSet: string; readonly sha256: string }[]
}

/** Null while the receipts of the workflow are there. */
export async function prunedReceipts(db: Db, workflowId: string): Promise<PrunedReceipts | null> {
  const rows = await db
    .selectFrom('receipt_digest')
    .innerJoin('change_set', 'change_set.id', 'receipt_digest.change_set_id')
    .select(['change_set.id', 'pruned_at', sql<string>`encode(sha256, 'hex')`.as('sha256')])
    .select(sql<string>`encode(coalesce(file_sha256, sha256), 'hex')`.as('file'))
    .where('workflow_id', '=', workflowId)
    .orderBy('number')
    .execute()
  const last = rows.at(-1)
  if (last === undefined) return null
  const changeSets = rows.map(({ id, sha256 }) => ({ changeSet: id, sha256 }))
  return { at: last.pruned_at.toISOString(), sha256: last.file, changeSets }
}

/** The receipts of a workflow in the form of which the digest is made: one JSON object per line, each with its line feed. */
export async function receiptLines(db: Db, workflowId: string): Promise<string> {
  const { rows } = await sql<{
    line: string
  }>`select line from workflow_receipt_lines(${workflowId}) line`.execute(db)
  return rows.map(({ line }) => `${line}\n`).join('')
}
