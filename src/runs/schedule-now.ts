import { maySendTo } from '../access/permissions.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { transact } from '../store/workspace.ts'
import { noticeInterrupted } from '../workflow/subject-lock.ts'
import { accessOf } from '../workspace/destinations.ts'
import { orchestrationRow } from '../workspace/orchestrations.ts'
import { recordStart } from './start-workflow.ts'
import type { Start } from './start-workflow.ts'
import type { Tenant } from '../workspace/tenant.ts'
import { startedByOf, takeAction } from './workflow-actions.ts'
import type { TakenAction } from './workflow-actions.ts'

/** Hands recorded workflows to the workers. One that is recorded and not handed over is found by them all the same. */
export interface WorkflowQueue {
  readonly runWorkflow: (workflowId: string) => Promise<void>
}

/** Starts an orchestration for a person and returns the workflow's id. Errors: `not_found`, `access_denied`, and those of a start. */
export async function scheduleNow(
  tenant: Tenant,
  queue: WorkflowQueue,
  wanted: Pick<Start, 'orchestrationId'> & Partial<Pick<Start, 'sampleMembers' | 'review' | 'action'>>,
): Promise<string> {
  const { db, actor } = tenant
  // A command that was killed must not keep the list for itself.
  await noticeInterrupted(tenant)
  const id = await transact(db, async (tx) => {
    const { destination } = await orchestrationRow(tx, actor.principal, wanted.orchestrationId)
    if (!maySendTo(actor.principal, accessOf(destination)))
      throw new RollcallError('access_denied', { detail: `you may not send to "${destination.name}".` })
    return recordStart(tenant, tx, {
      sampleMembers: null,
      review: false,
      action: null,
      ...wanted,
      recorded: actor,
      startedBy: startedByOf(actor),
    })
  })
  await handOver(queue, id)
  return id
}

/**
 * The workflow is on record and will run: a queue that cannot take it, such as on a full disk, is no failure of the request.
 * Workers look for what was not handed over.
 */
async function handOver(queue: WorkflowQueue, workflowId: string): Promise<void> {
  await queue.runWorkflow(workflowId).catch(() => {})
}

/** Takes a workflow action and hands what goes on to the workers. Errors as with `takeAction`. */
export async function resolveNow(
  tenant: Tenant,
  queue: WorkflowQueue,
  id: string,
  action: string,
): Promise<TakenAction> {
  await noticeInterrupted(tenant)
  const taken = await takeAction(tenant, id, action)
  if (taken.state === 'scheduled') await handOver(queue, taken.workflow)
  return taken
}
