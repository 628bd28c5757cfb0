import { isDeepStrictEqual } from 'node:util'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { WorkspaceTx } from '../store/workspace.ts'
import type { LateWarning } from '../workflow/kind.ts'
import { noteWorkflow } from '../workflow/workflow-card.ts'
import { addWarning } from '../workflow/workflow-store.ts'
import type { AlertEvent } from './alert-event.ts'
import { lateEvents } from './alert-events.ts'
import { alertsFor } from './alerts.ts'

/** Hands what an alert tells to the workers, in the transaction that makes it so. */
export interface AlertQueue {
  readonly sendAlert: (
    tx: Kysely<Tables>,
    job: { readonly alertId: string; readonly event: AlertEvent },
  ) => Promise<void>
}

/**
 * Gives a workflow that has ended a warning that was found later: its card has it, and alerts tell of it. Without effect where the
 * workflow says so already.
 */
export async function warnLate(tx: WorkspaceTx, queue: AlertQueue, late: LateWarning): Promise<void> {
  const { workflow, problem } = late
  if (workflow.warnings.some(({ code, data }) => isDeepStrictEqual({ code, data }, problem))) return
  await addWarning(tx, workflow.id, problem)
  await noteWorkflow(tx, workflow.id)
  for (const due of await alertsFor(tx, workflow.workspace, await lateEvents(tx, late)))
    await queue.sendAlert(tx, due)
}
