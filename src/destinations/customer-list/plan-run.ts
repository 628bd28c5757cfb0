import { newId } from '../../base/ids.ts'
import type { RollcallError } from '../../base/rollcall-error.ts'
import type { LedgerList } from '../../ledger/lists.ts'
import { foldCopy } from './list/fold.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import { recordedOf } from './list/list-record.ts'
import { toldOf } from './list/references.ts'
import type { ListRecord, SyncOutputs, SyncRun, TaskName } from './run.ts'
import type { Services } from '../../workflow/services.ts'

/** A run of the main job's first tasks that is no workflow: it takes no lock, and keeps nothing for good. */
export interface PlanRun extends SyncRun {
  /** What its tasks warned of, in order. */
  readonly warnings: RollcallError[]
  /** Runs one task, and keeps what it leaves for later ones. */
  readonly does: <Name extends TaskName>(
    name: Name,
    task: (run: SyncRun) => Promise<SyncOutputs[Name]>,
  ) => Promise<SyncOutputs[Name]>
  /** What a task would have left that failed. */
  readonly assume: <Name extends TaskName>(name: Name, output: SyncOutputs[Name]) => void
}

export function openPlanRun(options: {
  readonly services: Services
  readonly inputs: SyncInputs
  readonly signal: AbortSignal
  readonly onProgress: (task: string, done: number, total: number | null, unit: string) => void
  /** Null for a list that no run has had yet. */
  readonly list: LedgerList | null
}): PlanRun {
  const { services: opened, inputs, signal, onProgress } = options
  const list = options.list ?? unknownList(inputs)
  const limits = { ...opened.limits, ...inputs.limits }
  const services: Services = {
    ...opened,
    pinterest: (own) => opened.pinterest(own, { limits }),
  }
  const outputs = new Map<string, unknown>()
  const warnings: RollcallError[] = []
  const id = newId('wf')
  let now = ''
  const run: SyncRun = {
    id,
    signal,
    isPlan: true,
    services,
    db: services.store.db,
    limits,
    inputs,
    listId: list.id,
    engine: opened.engine.openRun({ list, id, lock: null }),
    record: planRecord(list),
    output: (name) => outputs.get(name) as SyncOutputs[typeof name],
    log: async () => {},
    warn: async (warning) => void warnings.push(warning),
    parts: () => Promise.reject(new TypeError('a plan starts no workflow')),
    progress: (done, total, unit) => onProgress(now, done, total, unit),
  }
  return {
    ...run,
    warnings,
    does: async (name, task) => {
      now = name
      const output = await task(run)
      outputs.set(name, output)
      return output
    },
    assume: (name, output) => void outputs.set(name, output),
  }
}

/** The list as it is and as the plan would change it, which nothing else sees. A run may be at work in the data folder meanwhile. */
function planRecord(known: LedgerList): ListRecord {
  let list = known
  return {
    get: async () => list,
    holdList: async ({ pinterestListId, counters }) => {
      list = { ...list, pinterest_list_id: pinterestListId, counters, create_intent: null }
    },
    holdAudience: async (audienceId) => {
      list = { ...list, audience_id: audienceId }
    },
    rememberChanges: async ({ counters, changes }) => {
      list = { ...list, counters, changed_elsewhere: changes }
    },
    compare: async (run, compare) => {
      const before = (await foldCopy(run, list)) ?? toldOf(list)
      return recordedOf(await compare(before), before, '')
    },
  }
}

/** As a list is before its first run. */
function unknownList({ adAccountId, list }: SyncInputs): LedgerList {
  const now = new Date()
  return {
    id: '',
    ad_account_id: adAccountId,
    name: list,
    pinterest_list_id: null,
    audience_id: null,
    audience_asked_at: null,
    create_intent: null,
    told_snapshot: null,
    told_count: 0,
    unsure_snapshot: null,
    unsure_count: 0,
    counters: null,
    changed_elsewhere: null,
    created_at: now,
    updated_at: now,
  }
}
