import type { Workflow } from '../../../workflow/workflow-store.ts'

/** The ledger's list that a workflow brings in step. */
export function listOf({ id, subject }: Pick<Workflow, 'id' | 'subject'>): string {
  if (subject === null) throw new TypeError(`workflow ${id} has no list`)
  return subject
}
