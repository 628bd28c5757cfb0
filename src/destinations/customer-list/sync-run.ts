import type { Kysely } from 'kysely'
import type { EngineRun, StageRef } from '../../engines/contract.ts'
import { listBatches } from '../../ledger/attempts.ts'
import { changeSetOfWorkflow } from '../../ledger/ledger.ts'
import { namedReferences, rememberCounters } from '../../ledger/lists.ts'
import type { Tables } from '../../store/schema.ts'
import type { Job, OpenedRun } from '../../workflow/kind.ts'
import type { WorkflowRun } from '../../workflow/task-definition.ts'
import { forgetTasksFrom, listTasks } from '../../workflow/tasks.ts'
import type { Task } from '../../workflow/tasks.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import { listOf } from './list/list-of.ts'
import { recordOf } from './list/list-record.ts'
import { taskPosition } from './main-job.ts'
import { outputsOf } from './outputs.ts'
import { keptOf } from './list/references.ts'
import type { SyncOutputs, SyncRun } from './run.ts'
import type { Services } from '../../workflow/services.ts'
import { workflowsAmong } from './list/sweep-left.ts'

/** What the tasks of the main job stand on in one run. */
export async function openSyncRun(
  opened: Services,
  { workflow, inputs, lock }: Job<SyncInputs>,
): Promise<OpenedRun<SyncRun>> {
  const { id } = workflow
  const { db } = lock
  const listId = listOf(workflow)
  const limits = { ...opened.limits, ...inputs.limits }
  // A process that was stopped and wakes up may have lost its list meanwhile, and finds out before its next request.
  const services: Services = {
    ...opened,
    pinterest: (signal) => opened.pinterest(signal, { mayGoOn: lock.confirm, limits }),
  }
  const engine = services.engine.openRun({ list: { id: listId, name: inputs.list }, id, lock: db })
  await sweepList(engine, db, { listId, workflowId: id })
  const context: Omit<SyncRun, keyof WorkflowRun<SyncOutputs>> = {
    services,
    db,
    limits,
    inputs,
    listId,
    engine,
    record: recordOf(db, listId),
    isPlan: false,
  }
  return {
    limits,
    context,
    close: () => engine.close(),
  }
}

/**
 * Makes a workflow that begins, or was left in the middle, ready to go on. When another run has folded its change set, or the
 * rows it read cannot be had any more or were found unfit, rows are read and compared anew. One that waited for a person looks at Pinterest again,
 * since days may have passed. Batches that were under way when a process died may have landed any number of times, so the
 * list's counters prove nothing.
 */
export async function prepareResume(
  services: Services,
  db: Kysely<Tables>,
  { workflow, inputs }: Omit<Job<SyncInputs>, 'lock'>,
): Promise<void> {
  const { id } = workflow
  const listId = listOf(workflow)
  const changeSet = await changeSetOfWorkflow(db, id)
  const tasks = await listTasks(db, id)
  const isCompared = tasks.some(({ name, state }) => name === 'compare' && state === 'succeeded')
  const guarding = tasks.find(({ name }) => name === 'guard')
  const isUnfit =
    guarding?.error?.code === 'not_enough_records' ||
    (guarding?.error?.code === 'threshold_not_met' && inputs.acceptedChangeSet !== changeSet?.id)
  if (isCompared ? changeSet?.state === 'folded' || isUnfit : !(await hasRows(services, tasks)))
    return forgetTasksFrom(db, id, taskPosition('prepare'))
  const batches = changeSet === undefined ? [] : await listBatches(db, changeSet.id)
  const isUnsent = changeSet?.state === 'open' && batches.every((batch) => batch.state === 'planned')
  const isGuarded = guarding !== undefined && guarding.output !== null
  if (isCompared && isUnsent && !isGuarded) return forgetTasksFrom(db, id, taskPosition('resolve_list'))
  if (batches.some((batch) => batch.state === 'sending')) await rememberCounters(db, listId, null)
}

async function hasRows({ engine }: Services, tasks: readonly Task[]): Promise<boolean> {
  const stage = stageOf(tasks)
  return stage !== undefined && engine.hasStage(stage)
}

function stageOf(tasks: readonly Task[]): StageRef | undefined {
  return outputsOf(tasks)('prepare')?.stage
}

/** Deletes what other runs of this list left and no one needs any more. */
async function sweepList(
  engine: EngineRun,
  db: Kysely<Tables>,
  { listId, workflowId }: { readonly listId: string; readonly workflowId: string },
): Promise<void> {
  const named = (await namedReferences(db, [listId])).get(listId)
  if (named === undefined) return
  const stage = stageOf(await listTasks(db, workflowId))
  await engine.sweep({
    kept: keptOf(named),
    stages: stage === undefined ? [] : [stage],
    runsOfList: (ids) => workflowsAmong(db, ids, { subject: listId }),
  })
}
