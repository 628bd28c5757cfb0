import { sql } from 'kysely'
import type { Store } from '../store/store.ts'

/** Where the invalid rows of a workflow are kept for download. */

export const REJECTS_FILE = 'rejects.csv'

export function rejectsFolder(workflowId: string): string {
  return `rejects/${workflowId}`
}

/** Deletes those that are older, and no other stored file. */
export async function sweepRejects(db: Store['db'], keepMs: number): Promise<void> {
  await db
    .deleteFrom('stored_file')
    .where('folder', 'like', rejectsFolder('%'))
    .where(sql<boolean>`created_at < now() - ${keepMs} * interval '1 ms'`)
    .execute()
}
