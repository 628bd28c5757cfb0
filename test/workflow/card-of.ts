import type { WorkflowCardData } from '../../src/workflow/workflow-card.ts'
import type { Kysely } from 'kysely'
import type { Tables } from '../../src/store/schema.ts'

type Db = Kysely<Tables>

/** The card as it is stored, with the progress that is shown on it. */
export async function cardOf(db: Db, workflow: string) {
  const row = await db
    .selectFrom('notification')
    .selectAll()
    .where('workflow_id', '=', workflow)
    .executeTakeFirstOrThrow()
  const [progress] = await db
    .selectFrom('workflow_progress')
    .select(['task', 'done', 'total', 'unit'])
    .where('workflow_id', '=', workflow)
    .execute()
  const data = {
    ...(row.data as unknown as WorkflowCardData),
    ...(progress === undefined ? {} : { progress }),
  }
  return { ...row, data }
}
