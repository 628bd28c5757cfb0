import type { Kysely } from 'kysely'
import { actionCatalogue } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { checkAction, decide, goOn, notPossible, replacementOf, resolvedInputs } from './actions.ts'
import type { Decider, Settled } from './actions.ts'
import { kindOf } from './kind.ts'
import type { Services } from './services.ts'
import { manner } from './manner.ts'
import { resumeHere, startHere } from './run-kind.ts'
import type { RunEnd, RunOptions } from './run-kind.ts'
import { noticeInterrupted } from './subject-lock.ts'
import { getWorkflow } from './workflow-store.ts'
import type { Workflow } from './workflow-store.ts'

/** Who decides in this process. */
const decider: Decider = { by: 'the command line', mannerOf: (action) => manner[action] }

/** Takes a workflow action, and runs what follows in this process; or says what became of the workflow, if nothing runs here by it. */
export async function resolveHere(
  options: RunOptions & { workflowId: string; action: string },
): Promise<RunEnd | Settled> {
  const { services } = options
  const { db } = services.store
  const workflow = await findWorkflow(services, options.workflowId)
  // Refused before it waits for the subject's lock. It counts only what is decided under that.
  const action = await checkAction(db, workflow, options.action)
  const kind = kindOf(workflow)
  const how = manner[action]
  if (how === 'advice') throw notPossible(`"${action}" needs a new run. ${actionCatalogue[action].about}`)
  if (how === 'resume')
    return resumeHere({
      ...options,
      workflow,
      reopen: async (tx, holder) => {
        const decision = await decide(tx, workflow.id, action, decider)
        const inputs = await resolvedInputs(services, tx, decision.workflow, action)
        await goOn(tx, decision, { inputs, holder })
      },
    })
  if (how === 'anew') {
    await kind.check?.(services, workflow, options.signal)
    const beforeStart = async (tx: Kysely<Tables>): Promise<void> => {
      await decide(tx, workflow.id, action, decider)
      await kind.release?.(tx, workflow, action)
    }
    return startHere({ ...options, beforeStart }, replacementOf(services, workflow, action))
  }
  const { settled } = await db.transaction().execute((tx) => decide(tx, workflow.id, action, decider))
  if (settled === null) throw new TypeError(`"${action}" settled nothing`)
  return settled
}

/** The workflow, with `interrupted` recorded when the process that ran it is gone. */
async function findWorkflow(services: Pick<Services, 'store'>, id: string): Promise<Workflow> {
  const workflow = await getWorkflow(services.store.db, id)
  if (workflow === undefined) throw new RollcallError('workflow_not_found', { workflow: id })
  if (workflow.state !== 'running') return workflow
  await noticeInterrupted(services)
  return (await getWorkflow(services.store.db, id)) ?? workflow
}
