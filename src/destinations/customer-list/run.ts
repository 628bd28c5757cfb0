import type { Kysely } from 'kysely'
import type { ChangeVerdict } from '../../members/judge.ts'
import type { Limits } from '../../base/limits.ts'
import type {
  Change,
  Compared,
  ComparedCounts,
  EngineRun,
  Prepared,
  StageRef,
  Told,
} from '../../engines/contract.ts'
import type { Tables } from '../../store/schema.ts'
import type { ForeignChanges, ListCounters } from '../../base/list-states.ts'
import type { LedgerList } from '../../ledger/lists.ts'
import type { Services } from '../../workflow/services.ts'
import type { WorkflowRun } from '../../workflow/task-definition.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import type { ChangeSample } from './judging/sample-change.ts'

export interface PinterestObject {
  readonly id: string
  readonly name: string
  /** Made by this run. */
  readonly created: boolean
}

/** How a change is judged as a whole, by the limits of the run that compared. */
export interface Verdict extends ChangeVerdict {
  /** Members that an audience needs. */
  readonly audienceMin: number
}

/** Stored outputs of the tasks, in their order. */
export interface SyncOutputs {
  query: { source: string }
  connect: { adAccount: string; name: string; credential: string }
  /** Runs of earlier versions kept no reference. They read their rows again. */
  prepare: Prepared & { stage?: StageRef }
  compare: ComparedCounts & {
    /** Members in the query, of which `members` are the sample; only of a sample. */
    inQuery?: number
    changeSetId: string
    toldBefore: number
    unsureBefore: number
    /** Null in runs of earlier versions, where the guard judged. */
    verdict: Verdict | null
    /** Only of a run that is reviewed. */
    sample?: ChangeSample
  }
  /** Runs of earlier versions looked for the audience later. */
  resolve_list: { id: string | null; newerId: string | null; audience?: PinterestObject | null }
  /** `removalsWait`: additions go on, and the removals wait for a person. */
  guard: ChangeVerdict & { removalsWait: boolean }
  add: { id: string; created: boolean; sent: number }
  remove: { sent: number }
  attach_audience: { audience: PinterestObject | null }
  verify: { status: string; batches: number; uploaded: number; removed: number }
}

export type TaskName = keyof SyncOutputs

/** What every task of the main job gets. */
export interface SyncRun extends WorkflowRun<SyncOutputs> {
  readonly services: Services
  /** The database through the list's lock: what is written here holds good only while this run has the list. */
  readonly db: Kysely<Tables>
  readonly limits: Limits
  readonly inputs: SyncInputs
  /** The ledger's id of the list. */
  readonly listId: string
  /** The staged rows of this run, and the sets and changes of its list. */
  readonly engine: EngineRun
  /** What the tasks up to the guard know of the list, and record of it. */
  readonly record: ListRecord
  /** It ends before anything is sent, and what it writes is thrown away. */
  readonly isPlan: boolean
}

/**
 * What the tasks up to the guard know of the list and record of it. A plan has the same tasks with one of its own, which keeps to itself
 * what it would record.
 */
export interface ListRecord {
  readonly get: () => Promise<LedgerList>
  readonly holdList: (held: { pinterestListId: string; counters: ListCounters | null }) => Promise<void>
  readonly holdAudience: (audienceId: string) => Promise<void>
  readonly rememberChanges: (changed: { counters: ListCounters; changes: ForeignChanges }) => Promise<void>
  /** Does `compare` with what Pinterest has been told, once an unfinished change set is counted in. */
  readonly compare: (run: SyncRun, compare: (before: Told) => Promise<Compared>) => Promise<Recorded>
}

/** A comparison as it is recorded. */
export interface Recorded {
  readonly compared: Compared
  readonly changeSetId: string
  readonly change: Change
  /** Members that Pinterest had confirmed, and those whose answer was lost. */
  readonly told: number
  readonly unsure: number
}
