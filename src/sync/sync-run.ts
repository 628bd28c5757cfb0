import { access, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { changeSetOfWorkflow, listBatches, openChangeSetOf } from '../ledger/ledger.ts'
import { getList, rememberCounters } from '../ledger/lists.ts'
import { keptFolders, sweepSnapshots } from '../ledger/snapshots.ts'
import type { Tables } from '../store/schema.ts'
import type { Job, OpenedRun } from '../workflow/kind.ts'
import type { WorkflowRun } from '../workflow/run-workflow.ts'
import { forgetTasksFrom, listTasks } from '../workflow/tasks.ts'
import type { SyncInputs } from './inputs.ts'
import { listOf } from './list-of.ts'
import { recordOf } from './list-record.ts'
import { taskPosition } from './main-job.ts'
import type { Services, SyncOutputs, SyncRun, WorkPaths } from './run.ts'

/** What the tasks of the main job stand on in one run. */
export async function openSyncRun(
  opened: Services,
  { workflow, inputs, lock }: Job<SyncInputs>,
): Promise<OpenedRun> {
  const { id } = workflow
  const { db } = lock
  const listId = listOf(workflow)
  const limits = { ...opened.limits, ...inputs.limits }
  // A process that was stopped and wakes up may have lost its list meanwhile, and finds out before its next request.
  const services: Services = {
    ...opened,
    pinterest: (signal) => opened.pinterest(signal, { mayGoOn: lock.confirm, limits }),
  }
  await sweepList(services, db, listId, id)
  const paths = workPaths(services, id)
  const context: Omit<SyncRun, keyof WorkflowRun<SyncOutputs>> = {
    services,
    db,
    limits,
    inputs,
    listId,
    record: recordOf(db, listId),
    isPlan: false,
    paths,
  }
  return {
    limits,
    context,
    close: async ({ state }) => {
      // Another machine may go on with it, and then what is staged here is out of date.
      if (state === 'succeeded' || services.store.isShared)
        await rm(paths.work, { recursive: true, force: true })
    },
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
  if (isCompared ? changeSet?.state === 'folded' || isUnfit : !(await hasRows(services, id)))
    return forgetTasksFrom(db, id, taskPosition('prepare'))
  const batches = changeSet === undefined ? [] : await listBatches(db, changeSet.id)
  const isUnsent = changeSet?.state === 'open' && batches.every((batch) => batch.state === 'planned')
  const isGuarded = guarding !== undefined && guarding.output !== null
  if (isCompared && isUnsent && !isGuarded) return forgetTasksFrom(db, id, taskPosition('resolve_list'))
  if (batches.some((batch) => batch.state === 'sending')) await rememberCounters(db, listId, null)
}

/** Staged rows lie on one machine only, so machines that share a database may hold those of different times. */
async function hasRows({ store, home }: Services, id: string): Promise<boolean> {
  if (store.isShared) return false
  return access(workPaths({ home }, id).stage).then(
    () => true,
    () => false,
  )
}

function workPaths({ home }: Pick<Services, 'home'>, workflowId: string): WorkPaths {
  const work = join(home.workDir, workflowId)
  return { work, stage: join(work, 'stage') }
}

/** Deletes what other runs of this list left and no one needs any more. */
async function sweepList(
  { store, home }: Services,
  db: Kysely<Tables>,
  listId: string,
  workflowId: string,
): Promise<void> {
  const list = await getList(db, listId)
  const open = await openChangeSetOf(db, listId)
  const keep = keptFolders(list, open?.desired_snapshot ?? null)
  await sweepSnapshots({ db, isShared: store.isShared, home }, listId, keep)
  const here = (await readdir(home.workDir)).filter((name) => name.startsWith('wf_') && name !== workflowId)
  if (here.length === 0) return
  const left = await db
    .selectFrom('workflow')
    .select('id')
    .where('subject', '=', listId)
    .where('id', 'in', here)
    .execute()
  await Promise.all(left.map(({ id }) => rm(join(home.workDir, id), { recursive: true, force: true })))
}
